/** As many as busy clients have in use at one time. A text may hold on to the header it is part of. */
const TEXTS_MAX = 128;
/** Longer ones than any honest client sends are not worth their memory. */
const TEXT_LENGTH_MAX = 512;

/** What was read from texts that come time and again. It begins anew when it is full. */
export class Memo<T> {
  readonly #values = new Map<string, T>();

  get(text: string): T | undefined {
    return this.#values.get(text);
  }

  /** Keeps the value of `text`, and gives it back. */
  keep(text: string, value: T): T {
    if (text.length > TEXT_LENGTH_MAX) return value;
    if (this.#values.size >= TEXTS_MAX) this.#values.clear();
    this.#values.set(text, value);
    return value;
  }
}
