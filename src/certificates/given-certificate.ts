import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../base/clock.ts';

/** Files in PEM: a certificate, with those between it and its authority behind it, and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

interface Read {
  readonly cert: string;
  readonly key: string;
  readonly parsed: X509Certificate;
  readonly context: SecureContext;
}

/** Whoever renews such files does it weeks before the old ones end. */
const LOOK_AGAIN_MS = 3_600_000;

/** A certificate that someone else made, and makes anew in the same files. */
export class GivenCertificate {
  readonly #files: CertificateFiles;
  readonly #clock: Clock;
  #read: Read;
  #lookAtMs: number;

  /** Throws when the files cannot be read, or do not belong together. */
  constructor(files: CertificateFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
    this.#read = readFiles(files);
    this.#lookAtMs = clock.nowMs() + LOOK_AGAIN_MS;
  }

  /** Whether it is for a server of that name. */
  covers(name: string): boolean {
    return this.#current().parsed.checkHost(name) !== undefined;
  }

  get context(): SecureContext {
    return this.#current().context;
  }

  get pem(): { readonly cert: string; readonly key: string } {
    const { cert, key } = this.#current();
    return { cert, key };
  }

  #current(): Read {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#lookAtMs) return this.#read;
    this.#lookAtMs = nowMs + LOOK_AGAIN_MS;
    try {
      this.#read = readFiles(this.#files);
    } catch {
      // Half of a renewal: what was read before is still good, and the files are looked at again.
    }
    return this.#read;
  }
}

function readFiles(files: CertificateFiles): Read {
  const cert = readFileSync(files.certificate, 'utf8');
  const key = readFileSync(files.key, 'utf8');
  // Refuses a key of another certificate.
  return {
    cert,
    key,
    parsed: new X509Certificate(cert),
    context: createSecureContext({ cert, key }),
  };
}
