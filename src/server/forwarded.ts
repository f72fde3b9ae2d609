import { isIP } from 'node:net';
import type { HttpRequest } from '../base/http.ts';
import { parseAddressRange, rangeContains, type AddressRange } from '../policy/index.ts';

/**
 * Who sent a request that came through a reverse proxy. Policies decide by address and by TLS, so
 * `X-Forwarded-For` and `X-Forwarded-Proto` count only when the TCP peer is a proxy that the
 * settings name; from anybody else they are text that the sender chose.
 */
export function throughProxies(
  request: HttpRequest,
  trusted: readonly AddressRange[],
): HttpRequest {
  if (trusted.length === 0 || !isTrusted(request.remoteAddress, trusted)) return request;
  const hops = request.headers.get('x-forwarded-for')?.split(',') ?? [];
  const protocol = request.headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim();
  return {
    ...request,
    remoteAddress: senderOf(hops, trusted) ?? request.remoteAddress,
    secure: protocol === undefined ? request.secure : protocol.toLowerCase() === 'https',
    // Nobody says which version the sender spoke to the proxy.
    tlsVersion: protocol === undefined ? request.tlsVersion : undefined,
  };
}

/**
 * Each proxy appends whom it heard from, so the list is believed from its end, up to the first
 * address that is no trusted proxy; before that one anything may stand.
 */
function senderOf(hops: readonly string[], trusted: readonly AddressRange[]): string | undefined {
  let nearest: string | undefined;
  for (const hop of hops.toReversed()) {
    const address = hop.trim();
    if (isIP(address) === 0) break;
    nearest = address;
    if (!isTrusted(address, trusted)) break;
  }
  return nearest;
}

function isTrusted(text: string, trusted: readonly AddressRange[]): boolean {
  const address = parseAddressRange(text);
  return address !== undefined && trusted.some((range) => rangeContains(range, address));
}
