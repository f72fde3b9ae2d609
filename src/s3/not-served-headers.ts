import type { Headers } from '../base/http.ts';
import { S3Error } from './errors.ts';

/**
 * Headers that ask for what is not served, in such a way that going on without would break a
 * promise: bytes that were to be encrypted by a key of the client or of a key service, an object without the
 * lock that was to keep it, an object replaced that was to be appended to, bytes not checked.
 */
const NOT_SERVED_HEADER =
  /^x-amz-(?:(?:copy-source-)?server-side-encryption-(?:customer-|aws-kms-key-id$|context$)|object-lock-|write-offset-bytes$|checksum-(?:sha512|md5|xxhash\d+)$)/;

/** What S3 itself does to every object unasked, and what the disk may do here: clients see nothing of it. */
const SERVED_ENCRYPTION = 'AES256';

/** Throws NotImplemented, S3's word for "a header implies functionality that is not implemented". */
export function assertHeadersServed(headers: Headers): void {
  for (const [name, value] of headers.byName) {
    const isServed =
      name === 'x-amz-server-side-encryption'
        ? value === SERVED_ENCRYPTION
        : !NOT_SERVED_HEADER.test(name);
    if (!isServed) throw new S3Error('NotImplemented', { Header: name });
  }
}
