import { fromStrictUtf8 } from '../../base/bytes.ts';

/** A JSON Web Token in compact form (RFC 7519, RFC 7515), taken apart and not yet believed. */
export interface Jwt {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** Undefined for what is no signed token of three parts. */
export function parseJwt(text: string): Jwt | undefined {
  const parts = text.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) return undefined;
  const head = jsonObject(header);
  const claims = jsonObject(payload);
  const bytes = fromBase64Url(signature);
  if (head === undefined || claims === undefined || bytes === undefined) return undefined;
  const { alg, kid, crit } = head;
  // RFC 7515, section 4.1.11: who does not know a critical extension must refuse. We know none.
  if (typeof alg !== 'string' || crit !== undefined) return undefined;
  if (kid !== undefined && typeof kid !== 'string') return undefined;
  return { algorithm: alg, keyId: kid, claims, signed: `${header}.${payload}`, signature: bytes };
}

/** Canonical base64url only, without padding: a token has one spelling. */
function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  const bytes = fromBase64Url(text);
  const json = bytes && fromStrictUtf8(bytes);
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
