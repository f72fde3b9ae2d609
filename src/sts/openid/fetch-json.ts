import { collectBody } from '../../base/http.ts';

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
 * Undefined for any other, and for one that names a user, a query or a fragment.
 */
export function issuerAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.hash === '';
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return isPlain && isSafe ? url : undefined;
}

/** The document at an address, read no further and waited for no longer than the limits. */
export async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url, {
    // A redirect would lead to an address that nobody has looked at.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/json' },
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new FetchError(`${url.href} answers ${response.status}`);
  }
  const bytes = await collectBody(response.body, DOCUMENT_SIZE_MAX);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}
