import { BlobCorruptError } from '../blob/blob-store.ts';
import { StoreCorruptError, StoreFullError } from '../kv/errors.ts';
import { RecordCorruptError } from './envelope.ts';

/** What the disk is to be blamed for, of an error of the stores; undefined for every other error. */
export function diskTroubleOf(error: unknown): 'full' | 'damaged' | undefined {
  if (error instanceof StoreFullError) return 'full';
  if (
    error instanceof BlobCorruptError ||
    error instanceof StoreCorruptError ||
    error instanceof RecordCorruptError
  ) {
    return 'damaged';
  }
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : undefined;
}
