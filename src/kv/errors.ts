/** The store was closed, by whoever opened it. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
}

/** There was no room on the disk for a commit: it changed nothing, and the store goes on. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}

/**
 * The store takes no commits any more, because its disk or its writer failed; reads go on. Whether
 * the commits that were under way took place is known only after the store is opened again.
 */
export class StoreFailedError extends Error {
  override readonly name = 'StoreFailedError';
}

/** Another process holds the folder. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
}

/** The folder holds something else, or was written by a newer version of this program. */
export class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError';
}

/** What the disk gave back is not what was written. */
export class StoreCorruptError extends Error {
  override readonly name = 'StoreCorruptError';
}
