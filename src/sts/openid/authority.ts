import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';

/** As OpenSSL says that a chain ends in nobody who is trusted, and of nothing else that is wrong. */
const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function isUnknownAuthority(error: unknown): boolean {
  return UNKNOWN_AUTHORITY.has((error as { readonly code?: string } | undefined)?.code ?? '');
}

/**
 * The certificate of a server's chain, as PEM, that has one of the thumbprints ("Obtain the
 * thumbprint for an OpenID Connect identity provider"). Nothing is sent on this connection: whether
 * the chain leads to that certificate is for the one to prove that then trusts it.
 */
export async function findAuthority(
  url: URL,
  thumbprints: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: url.port === '' ? 443 : Number(url.port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal });
    const wanted = new Set(thumbprints.map((each) => each.toLowerCase()));
    const chain = chainOf(socket.getPeerX509Certificate());
    return chain.find((each) => wanted.has(thumbprintOf(each)))?.toString();
  } finally {
    socket.destroy();
  }
}

/** Longer chains are nobody's. */
const CHAIN_LENGTH_MAX = 10;

function chainOf(certificate: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = certificate; next !== undefined; next = next.issuerCertificate) {
    if (chain.length === CHAIN_LENGTH_MAX || chain.at(-1)?.fingerprint === next.fingerprint) break;
    chain.push(next);
  }
  return chain;
}

/** SHA-1 in hexadecimal, as IAM has it. It names a certificate and proves nothing by itself. */
function thumbprintOf({ fingerprint }: X509Certificate): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
