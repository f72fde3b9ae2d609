import { Headers } from '../base/http.ts';
import { stringToSignV2 } from './canonical-v2.ts';
import { parseTarget } from './encoding.ts';
import { hmac, hmacKey } from './hmac.ts';
import { appendQuery, lowerCase } from './sign-v4.ts';
import type { Credentials } from './sign-v4.ts';
import { formatHttpDate } from './times.ts';

export interface SignV2Options {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  /** The bucket, when it is addressed by the host. */
  readonly virtualHostBucket?: string;
}

/** Signs a request in its Authorization header. Adds Date unless a date is there. */
export function signV2(
  options: SignV2Options & { readonly nowMs: number },
): Record<string, string> {
  const { credentials } = options;
  const headers = lowerCase(options.headers);
  if (credentials.sessionToken !== undefined) {
    headers['x-amz-security-token'] = credentials.sessionToken;
  }
  const hasAmzDate = headers['x-amz-date'] !== undefined;
  if (!hasAmzDate) headers['date'] ??= formatHttpDate(options.nowMs);
  const dateText = hasAmzDate ? '' : (headers['date'] ?? '');
  const signature = sign(options, options.target, headers, dateText, false);
  headers['authorization'] = `AWS ${credentials.accessKeyId}:${signature}`;
  return headers;
}

/** A signed target that can be used until `expiresAtMs`, to the second. */
export function presignV2(options: SignV2Options & { readonly expiresAtMs: number }): string {
  const { credentials } = options;
  const expires = String(Math.floor(options.expiresAtMs / 1000));
  const target =
    credentials.sessionToken === undefined
      ? options.target
      : appendQuery(options.target, [['x-amz-security-token', credentials.sessionToken]]);
  const signature = sign(options, target, lowerCase(options.headers), expires, true);
  return appendQuery(target, [
    ['AWSAccessKeyId', credentials.accessKeyId],
    ['Expires', expires],
    ['Signature', signature],
  ]);
}

function sign(
  { method, credentials, virtualHostBucket }: SignV2Options,
  target: string,
  headers: Readonly<Record<string, string>>,
  dateText: string,
  queryHeaders: boolean,
): string {
  const toSign = stringToSignV2({
    method,
    headers: Headers.of(headers),
    target: parseTarget(target),
    dateText,
    queryHeaders,
    virtualHostBucket,
  });
  return hmac(hmacKey('sha1', credentials.secretAccessKey), toSign, 'base64');
}
