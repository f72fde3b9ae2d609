import type { Headers } from '../base/http.ts';
import { trimBlanks } from './encoding.ts';
import { sha256Hex } from './hmac.ts';
import { V4_ALGORITHM } from './signing-key.ts';

export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  /** In lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** Replaces the Host header. */
  readonly host?: string | undefined;
  readonly payloadHash: string;
}

/** The canonical request of SigV4 ("Create a canonical request" in the IAM User Guide). */
export function canonicalRequest(parts: CanonicalParts): string {
  let lines = '';
  for (const name of parts.signedHeaders) {
    const value =
      name === 'host' && parts.host !== undefined ? parts.host : (parts.headers.get(name) ?? '');
    lines += `${name}:${canonicalValue(value)}\n`;
  }
  return `${parts.method}\n${parts.path}\n${parts.query}\n${lines}\n${parts.signedHeaders.join(';')}\n${parts.payloadHash}`;
}

/** `scope` as `scopeText` writes it. */
export function stringToSign(timestamp: string, scope: string, request: string): string {
  return `${V4_ALGORITHM}\n${timestamp}\n${scope}\n${sha256Hex(request)}`;
}

/** Without spaces around it, and runs of spaces within it as one. */
export function canonicalValue(value: string): string {
  const trimmed = trimBlanks(value);
  if (!trimmed.includes('  ') && !trimmed.includes('\t')) return trimmed;
  return trimmed.replace(/[ \t]+/g, ' ');
}
