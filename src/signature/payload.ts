import type { Headers } from '../base/http.ts';
import { SignatureError, invalidArgument } from './errors.ts';

/** How a request's body is protected, and framed. */
export type PayloadKind =
  /** The body's SHA-256 is part of the signature. */
  | { readonly kind: 'sha256'; readonly hex: string }
  /** Nothing about the body is signed. */
  | { readonly kind: 'unsigned' }
  /** `aws-chunked`: framed in chunks, each signed or not, with or without a trailer. */
  | { readonly kind: 'streaming'; readonly signed: boolean; readonly trailer: boolean }
  /** The body's SHA-256 is signed but not sent: services other than S3 collect and hash it. */
  | { readonly kind: 'collected' };

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const STREAMING_SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
export const STREAMING_SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
export const STREAMING_UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

const UNSIGNED: PayloadKind = { kind: 'unsigned' };
const KEYWORDS: ReadonlyMap<string, PayloadKind> = new Map<string, PayloadKind>([
  [UNSIGNED_PAYLOAD, UNSIGNED],
  [STREAMING_SIGNED, { kind: 'streaming', signed: true, trailer: false }],
  [STREAMING_SIGNED_TRAILER, { kind: 'streaming', signed: true, trailer: true }],
  [STREAMING_UNSIGNED_TRAILER, { kind: 'streaming', signed: false, trailer: true }],
]);
const PLAIN_CHUNKS: PayloadKind = { kind: 'streaming', signed: false, trailer: true };
const SHA256_HEX = /^[0-9a-fA-F]{64}$/;

/** The meaning of `x-amz-content-sha256`. */
export function parsePayloadKind(value: string): PayloadKind {
  const keyword = KEYWORDS.get(value);
  if (keyword !== undefined) return keyword;
  if (SHA256_HEX.test(value)) return { kind: 'sha256', hex: value.toLowerCase() };
  throw invalidArgument(
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a ' +
      'valid sha256 value.',
    'x-amz-content-sha256',
    value,
  );
}

/** The payload of a request that signs the header `x-amz-content-sha256`, whose value is `value`. */
export function signedPayloadKind(value: string, headers: Headers): PayloadKind {
  const payload = parsePayloadKind(value);
  return payload.kind === 'unsigned' && isAwsChunked(headers) ? PLAIN_CHUNKS : payload;
}

/**
 * The payload of a request whose signature, if it has one, does not cover the header: anonymous,
 * SigV2 and most presigned requests. Chunks cannot be signed here, for there is no signature to
 * begin their chain.
 */
export function unsignedPayloadKind(headers: Headers): PayloadKind {
  const value = headers.get('x-amz-content-sha256');
  if (value === undefined) return isAwsChunked(headers) ? PLAIN_CHUNKS : UNSIGNED;
  const payload = signedPayloadKind(value, headers);
  if (payload.kind === 'streaming' && payload.signed) throw chunksWithoutSeed(value);
  return payload;
}

/** Signed chunks need a signature in the Authorization header that begins their chain. */
export function chunksWithoutSeed(value: string): SignatureError {
  return new SignatureError(
    'InvalidRequest',
    `${value} requires a request signed by AWS Signature Version 4 in the Authorization header`,
  );
}

function isAwsChunked(headers: Headers): boolean {
  const encoding = headers.get('content-encoding');
  if (encoding === undefined || !headers.byName.has('x-amz-decoded-content-length')) return false;
  return encoding.split(',').some((token) => token.trim().toLowerCase() === 'aws-chunked');
}
