/** So many puts in a row that found nothing make it likely that the next one does. */
const STREAK_MIN = 32;

/**
 * Whether to take it that a key which is put is new. A put must know what it replaces, and its commit
 * checks what it knows. So while puts find nothing, looking first is a waste: one that was wrong
 * fails its commit, looks, and commits again.
 */
export class NewKeys {
  #streak = 0;

  get areExpected(): boolean {
    return this.#streak >= STREAK_MIN;
  }

  note(wasNew: boolean): void {
    this.#streak = wasNew ? this.#streak + 1 : 0;
  }
}
