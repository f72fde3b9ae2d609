import {
  createPrivateKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import {
  authorityExtensions,
  permittedNames,
  serverExtensions,
  writeCertificate,
  type Subject,
} from './certificate.ts';
import { isInRange, isWithin, type Names } from './names.ts';

/** An authority as text: what clients are told to trust, and the key that only Coffer may have. */
export interface AuthorityPem {
  readonly certificate: string;
  readonly key: string;
}

export interface Leaf {
  /** The certificate alone: clients have the authority's. */
  readonly certificate: string;
  readonly key: string;
  readonly notAfterMs: number;
}

const DAY_MS = 86_400_000;
const ORGANIZATION = 'Coffer';
/** Trust is told to clients by hand, so that it should be needed once. */
const AUTHORITY_DAYS = 3650;
/** As long as the public authorities' common ones; a new one costs less than a millisecond. */
const LEAF_DAYS = 90;
/** Clients whose clocks are behind accept what is new. */
const BACKDATED_MS = DAY_MS;
/** RFC 5280, appendix A.1: no common name is longer. */
const COMMON_NAME_LENGTH_MAX = 64;

/**
 * A certificate authority that may speak only for the names it was made for: whoever steals its key
 * can pretend to be no other server to the clients that trust it.
 */
export class Authority {
  readonly pem: AuthorityPem;
  readonly #key: KeyObject;
  readonly #subject: Subject;
  readonly #notAfterMs: number;
  readonly #permitted: ReturnType<typeof permittedNames>;
  /** All leaves are over one key, which lives as long as this process. */
  readonly #leafKey = newKey();

  constructor(pem: AuthorityPem) {
    const certificate = new X509Certificate(pem.certificate);
    this.pem = pem;
    this.#key = createPrivateKey(pem.key);
    if (!certificate.checkPrivateKey(this.#key)) {
      throw new Error("The authority's key is not that of its certificate");
    }
    const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
    this.#subject = { organization: ORGANIZATION, commonName };
    this.#notAfterMs = certificate.validToDate.getTime();
    this.#permitted = permittedNames(certificate.raw);
  }

  /** A new one. Its name says on which machine it was made, so that people can tell several apart. */
  static create(permitted: Names, machine: string, nowMs: number): Authority {
    const key = newKey();
    const commonName = `Coffer on ${machine}`.slice(0, COMMON_NAME_LENGTH_MAX);
    const subject = { organization: ORGANIZATION, commonName };
    const certificate = writeCertificate(
      {
        subject,
        issuer: subject,
        notBeforeMs: nowMs - BACKDATED_MS,
        notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS,
        extensions: authorityExtensions(key, permitted),
      },
      key,
      key,
    );
    return new Authority({ certificate, key: pemOfKey(key) });
  }

  get notAfterMs(): number {
    return this.#notAfterMs;
  }

  /** Those of the names for which this authority may not speak. */
  refused({ dns, addresses }: Names): string[] {
    const { dns: domains, ranges } = this.#permitted;
    return [
      ...dns.filter((name) => !domains.some((domain) => isWithin(name, domain))),
      ...addresses.filter((address) => !ranges.some((range) => isInRange(address, range))),
    ];
  }

  /** A certificate for a server of these names; it never outlives the authority. */
  issue(names: Names, nowMs: number): Leaf {
    const commonName = [...names.dns, ...names.addresses].find(
      (name) => name.length <= COMMON_NAME_LENGTH_MAX,
    );
    const notAfterMs = Math.min(nowMs + LEAF_DAYS * DAY_MS, this.#notAfterMs);
    const certificate = writeCertificate(
      {
        subject: { organization: ORGANIZATION, commonName },
        issuer: this.#subject,
        notBeforeMs: nowMs - BACKDATED_MS,
        notAfterMs,
        extensions: serverExtensions(this.#leafKey, this.#key, names),
      },
      this.#leafKey,
      this.#key,
    );
    return { certificate, key: pemOfKey(this.#leafKey), notAfterMs };
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
