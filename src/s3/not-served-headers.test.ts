import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import { assertHeadersServed } from './not-served-headers.ts';

/** Whether a request with the header goes on. */
const HEADERS: readonly (readonly [name: string, value: string, isServed: boolean])[] = [
  ['x-amz-server-side-encryption', 'AES256', true],
  ['x-amz-server-side-encryption', 'aws:kms', false],
  ['x-amz-server-side-encryption', 'aws:kms:dsse', false],
  ['x-amz-server-side-encryption', 'aes256', false],
  ['x-amz-server-side-encryption-aws-kms-key-id', 'k', false],
  ['x-amz-server-side-encryption-context', 'e30=', false],
  ['x-amz-server-side-encryption-bucket-key-enabled', 'false', true],
  ['x-amz-server-side-encryption-customer-algorithm', 'AES256', false],
  ['x-amz-copy-source-server-side-encryption-customer-key', 'k', false],
  ['x-amz-object-lock-mode', 'GOVERNANCE', false],
  ['x-amz-write-offset-bytes', '0', false],
  ['x-amz-checksum-sha512', 'AAAA', false],
  ['x-amz-checksum-sha256', 'AAAA', true],
  ['x-amz-meta-object-lock-mode', 'any', true],
  ['x-amz-request-payer', 'requester', true],
];

for (const [name, value, isServed] of HEADERS) {
  test(`${name}: ${value} ${isServed ? 'goes on' : 'is not served'}`, () => {
    const assertServed = () => assertHeadersServed(Headers.of({ [name]: value }));
    if (isServed) assertServed();
    else assert.throws(assertServed, { code: 'NotImplemented', fields: { Header: name } });
  });
}
