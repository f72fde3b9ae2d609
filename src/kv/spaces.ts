/**
 * The first byte of every key: which kind of record it is. One table for the whole project, because
 * a number used twice would mix two kinds, and a number once stored is never given another meaning.
 */
export const SPACE = {
  /** Format of the store, identity of the installation. */
  store: 1,
  /** (name) -> bucket record. */
  bucket: 2,
  /** (account, name) -> the buckets an account owns. */
  bucketByOwner: 3,
  /** (bucket id), (bucket id, "versions"), (bucket id, "bytes") -> counters of its rows and bytes. */
  bucketUsage: 4,
  /** (bucket id, key) -> the record of the current version. Listings read nothing else. */
  object: 5,
  /** (bucket id, key, version id) -> noncurrent versions and delete markers, newest first. */
  version: 6,
  /** (bucket id, key, upload id) -> upload record. */
  upload: 7,
  /** (part group, part number) -> part record; the parts of an upload, and later of its object. */
  part: 8,
  /** (kind, blob or part group, owner) -> who keeps these bytes alive. No row means garbage. */
  reference: 9,
  /** (time, kind, blob or part group) -> to be looked at by the collector, oldest first. */
  garbage: 10,
  /** Plans of many commits that a restart resumes. */
  plan: 11,
  /** (content id) -> the bytes of one version of a small object that lie beside its record. */
  content: 12,
  /** Accounts, users, groups, policies, attachments, keys. */
  identity: 16,
  /** When and where keys and MFA devices were last used; apart, because it changes on reads. */
  keyUse: 17,
  /** Refusals that were explained, and the order in which they came. */
  decision: 18,
  /** (account, principal, day) -> what the principal did on that day, in outline. */
  traffic: 19,
  /** () -> written by every commit that decides what anybody may do, while assertions guard them. */
  guard: 20,
} as const;
