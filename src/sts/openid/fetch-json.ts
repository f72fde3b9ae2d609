import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getSecure } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { collectBody } from '../../base/http.ts';
import { findAuthority, isUnknownAuthority } from './authority.ts';

/** What AWS grants an identity provider before it gives up. */
const TIMEOUT_MS = 5000;
/** Far above any discovery document or key set. */
const DOCUMENT_SIZE_MAX = 256 * 1024;

/** An address that is not fetched, or an answer that is no JSON document. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

/** Names of this machine alone, for which no certificate is to be had. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of an issuer or of its keys: over TLS, or over plain HTTP to this machine itself.
 * Undefined for any other, and for one that names a user or a fragment.
 */
export function issuerAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.hash === '';
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isPlain && isSafe ? url : undefined;
}

/**
 * The document at an address, read no further and waited for no longer than the limits. A server
 * whose certificate no known authority has signed is believed if `thumbprints` has one of its chain.
 */
export async function fetchJson(
  url: URL,
  thumbprints: readonly string[] = [],
  timeoutMs = TIMEOUT_MS,
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await readJson(url, { signal });
  } catch (error) {
    if (thumbprints.length === 0 || !isUnknownAuthority(error)) throw error;
    const ca = await findAuthority(url, thumbprints, signal);
    if (ca === undefined) throw error;
    return readJson(url, { signal, ca, allowPartialTrustChain: true });
  }
}

async function readJson(url: URL, options: RequestOptions & ConnectionOptions): Promise<unknown> {
  const answer = await answerOf(url, options);
  // A redirect, too, is no answer: it would lead to an address that nobody has looked at.
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new FetchError(`${url.href} answers ${answer.statusCode}`);
  }
  const bytes = await collectBody(answer, DOCUMENT_SIZE_MAX);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

function answerOf(url: URL, options: RequestOptions & ConnectionOptions): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' };
    get(url, { ...options, agent: false, headers }, resolve).on('error', reject);
  });
}
