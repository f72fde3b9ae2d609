import type { Headers } from '../base/http.ts';
import { S3Error } from './errors.ts';

/**
 * Headers that ask for what is not served, in such a way that going on without would break a
 * promise: bytes in the clear that were to be encrypted by the client's key, an object without the
 * lock that was to keep it, an object replaced that was to be appended to, bytes not checked.
 */
const NOT_SERVED_HEADER =
  /^x-amz-(?:(?:copy-source-)?server-side-encryption-customer-|object-lock-|write-offset-bytes$|checksum-(?:sha512|md5|xxhash\d+)$)/;

/** Throws NotImplemented, S3's word for "a header implies functionality that is not implemented". */
export function assertHeadersServed(headers: Headers): void {
  for (const name of headers.byName.keys()) {
    if (NOT_SERVED_HEADER.test(name)) throw new S3Error('NotImplemented', { Header: name });
  }
}
