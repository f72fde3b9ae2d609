import assert from 'node:assert/strict';
import { signPostPolicy, signPostPolicyV2 } from '../../signature/index.ts';
import type { PostConditionInput } from '../../signature/index.ts';
import { MAIN, openHouse, REGION } from './house.suite.ts';
import type { Call, House, Key } from './house.suite.ts';

export const BOUNDARY = 'a-b-c';

export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly file?: string | Uint8Array;
  readonly fileName?: string;
}

export function encodeForm({ fields, file = 'bar', fileName = 'foo.txt' }: Form): Buffer {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return Buffer.concat([
    Buffer.from(parts.join('')),
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n` +
        'Content-Type: application/x-file\r\n\r\n',
    ),
    Buffer.from(file as Uint8Array),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
}

export function post(house: House, form: Form, call: Call & { readonly target?: string } = {}) {
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...call.headers };
  return house.call('POST', call.target ?? '/photos', { ...call, headers, body: encodeForm(form) });
}

export const CONDITIONS: readonly PostConditionInput[] = [
  { bucket: 'photos' },
  ['starts-with', '$key', 'foo'],
  { acl: 'private' },
  ['starts-with', '$Content-Type', 'text/plain'],
  ['content-length-range', 0, 1024],
];
export const FIELDS = { key: 'foo.txt', acl: 'private', 'Content-Type': 'text/plain' };

export interface Signing {
  readonly conditions?: readonly PostConditionInput[];
  readonly expiresInMs?: number;
  readonly version?: 'v2' | 'v4';
}

export function signed(
  house: House,
  credentials: Key,
  given: Signing = {},
): Record<string, string> {
  const nowMs = house.clock.nowMs();
  const { conditions = CONDITIONS, expiresInMs = 60_000, version = 'v4' } = given;
  const options = { credentials, conditions, expiresAtMs: nowMs + expiresInMs };
  if (version === 'v4') return signPostPolicy({ ...options, region: REGION, nowMs });
  const { awsaccesskeyid = '', ...rest } = signPostPolicyV2(options);
  return { AWSAccessKeyId: awsaccesskeyid, ...rest };
}

export async function openForms() {
  const house = await openHouse();
  const root = await house.root(MAIN);
  assert.equal((await house.call('PUT', '/photos', { as: root })).status, 200);
  const read = (key: string) => house.call('GET', `/photos/${key}`, { as: root });
  return { house, root, read };
}
