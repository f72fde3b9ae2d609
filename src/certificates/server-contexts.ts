import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { LruMap } from '../base/lru.ts';
import type { Authority } from './authority.ts';
import type { GivenCertificate } from './given-certificate.ts';
import { isHostName, type Names } from './names.ts';

export interface ServerContextsParts {
  readonly authority: Authority;
  readonly clock: Clock;
  /** The names of the certificate for clients that name none, or one that is not served. */
  readonly usual: Names;
  /** Goes before what the authority makes, for the names that it covers and for unknown ones. */
  readonly given?: GivenCertificate | undefined;
  /** Whether a name in lower case gets a certificate of its own. */
  isServed(name: string): boolean;
}

/** Every bucket is a name of its own; a certificate with its context takes about thirty kilobytes. */
const CONTEXTS_MAX = 500;
/** A certificate is made anew when a third of its life is left. */
const RENEWED_BEFORE_MS = 30 * 86_400_000;

/**
 * Certificates by the name that a client asks for (SNI), made when they are first asked for. A name
 * of any depth gets one, also those of buckets with dots, which no wildcard covers.
 */
export class ServerContexts {
  readonly #parts: ServerContextsParts;
  readonly #contexts = new LruMap<string, { context: SecureContext; renewAtMs: number }>(
    CONTEXTS_MAX,
  );

  constructor(parts: ServerContextsParts) {
    this.#parts = parts;
  }

  /** What a TLS server needs: TLS 1.2 or newer, HTTP/1.1 alone, and a certificate for each name. */
  get tlsOptions(): TlsOptions {
    return {
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      // Also for clients that name nobody: addresses are never in SNI.
      SNICallback: (name, done) => done(null, this.contextOf(name)),
      ...this.usualCertificate(),
    };
  }

  /** The context for a name; an unknown one gets that of the usual names, and the client decides. */
  contextOf(serverName: string): SecureContext {
    const { isServed, clock, authority, usual, given } = this.#parts;
    const name = serverName.toLowerCase();
    const isOwn = isHostName(name) && isServed(name);
    if (given !== undefined && (!isOwn || given.covers(name))) return given.context;
    const nowMs = clock.nowMs();
    const key = isOwn ? name : '';
    const known = this.#contexts.get(key);
    if (known !== undefined && nowMs < known.renewAtMs) return known.context;
    const names = isOwn ? { dns: [name], addresses: [] } : usual;
    const { certificate, key: privateKey, notAfterMs } = authority.issue(names, nowMs);
    const context = createSecureContext({ cert: certificate, key: privateKey });
    this.#contexts.set(key, { context, renewAtMs: notAfterMs - RENEWED_BEFORE_MS });
    return context;
  }

  /** Certificate and key for the usual names, with which a server begins. */
  usualCertificate(): { readonly cert: string; readonly key: string } {
    const { authority, usual, clock, given } = this.#parts;
    if (given !== undefined) return given.pem;
    const { certificate, key } = authority.issue(usual, clock.nowMs());
    return { cert: certificate, key };
  }
}
