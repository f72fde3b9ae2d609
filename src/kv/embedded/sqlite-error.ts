import {
  StoreCorruptError,
  StoreFailedError,
  StoreFormatError,
  StoreFullError,
} from '../errors.ts';

/** Primary result codes of SQLite, "Result and Error Codes". */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

export function isBusy(error: unknown): boolean {
  return resultCode(error) === SQLITE_BUSY;
}

/** The error of the seam that names what SQLite reported; those of the seam pass unchanged. */
export function toStoreError(error: unknown): Error {
  if (error instanceof StoreCorruptError) return error;
  const message = error instanceof Error ? error.message : String(error);
  switch (resultCode(error)) {
    case SQLITE_FULL:
      return new StoreFullError(`No room for the commit: ${message}.`, { cause: error });
    case SQLITE_CORRUPT:
      return new StoreCorruptError(`The database is damaged: ${message}.`, { cause: error });
    case SQLITE_NOTADB:
      return new StoreFormatError(`The file is no database: ${message}.`, { cause: error });
    default:
      return new StoreFailedError(`The store failed: ${message}.`, { cause: error });
  }
}

/** The low byte of an extended result code is the primary one. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
