/** What AWS publishes of one service, as rows of words; see the generated files beside this one. */
export interface ServiceTable {
  readonly commonKeys: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly keys: readonly string[];
}
