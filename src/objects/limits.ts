const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Objects up to this size lie in the key-value store: one commit makes them durable, and up to about
 * here that beats a blob (`docs/decisions/object-records.md`).
 */
export const INLINE_SIZE_MAX = 16 * KIB;

/**
 * Objects up to this size lie inside their record, larger ones in a row beside it, because listings
 * read whole records. With usual metadata such a record still fits into the thousand bytes that
 * SQLite keeps of an entry among its neighbours.
 */
export const IN_RECORD_SIZE_MAX = 512;

/** "Amazon S3 multipart upload limits": every part but the last is at least this large. */
export const PART_SIZE_MIN = 5 * MIB;

/** "Amazon S3 multipart upload limits": the number of the last part that an upload may have. */
export const PART_COUNT_MAX = 10_000;

/**
 * How often a change of a key is begun again because another writer was faster. Losers of one
 * process take turns, so this many losses mean that other processes hammer the same key.
 */
export const ATTEMPTS_MAX = 32;

/**
 * How long unreferenced bytes stay, so that a reader who found the object just before it went can
 * still open and read it.
 */
export const GARBAGE_GRACE_MS = 5 * 60 * 1000;

/**
 * Rows read at a time where a range is walked: a listing's page of 1,000 is one read, and with
 * bytes in every record it is a MiB of memory.
 */
export const ROWS_PER_READ = 1024;

/** Part rows read at a time by a reader of a multipart object: parts are large, rows are few. */
export const PART_ROWS_PER_READ = 32;

/** Buckets remembered by each thread: every one that is in use on most installations. */
export const BUCKETS_CACHED_MAX = 10_000;

/** What lifecycle rules count: days end at midnight UTC. */
export const DAY_MS = 24 * 60 * 60 * 1000;
