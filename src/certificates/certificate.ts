import { createPublicKey, hash, sign, type KeyObject } from 'node:crypto';
import { secureBytes } from '../base/random.ts';
import {
  bitString,
  boolean,
  explicit,
  flagBits,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  readDer,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';
import { addressBytes, rangeBytes, type Names } from './names.ts';

/** What a certificate says (RFC 5280), where this project has a choice. */
export interface CertificateText {
  /** Organization and common name. */
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Uint8Array[];
}

export interface Subject {
  readonly organization: string;
  readonly commonName: string | undefined;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

/** Key usages, as the bits of their byte. */
const DIGITAL_SIGNATURE = 0x80;
const SIGNS_CERTIFICATES_AND_LISTS = 0x06;
/** General names: a DNS name and an address. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** RFC 5280, section 4.1.2.2 allows 20; half of that is already beyond guessing and repeating. */
const SERIAL_SIZE = 16;
const VERSION_3 = Buffer.of(2);

/** A certificate over `key`, signed by the issuer's key. Both are on the curve P-256. */
export function writeCertificate(text: CertificateText, key: KeyObject, issuer: KeyObject): string {
  const serial = secureBytes(SERIAL_SIZE);
  // Positive and of its full length, whatever was drawn.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const signed = sequence(
    explicit(0, integer(VERSION_3)),
    integer(serial),
    algorithm,
    nameOf(text.issuer),
    sequence(time(text.notBeforeMs), time(text.notAfterMs)),
    nameOf(text.subject),
    publicKeyBytes(key),
    explicit(3, sequence(...text.extensions)),
  );
  const certificate = sequence(signed, algorithm, bitString(sign('sha256', signed, issuer)));
  return pemOf(certificate);
}

/** A constraint is of one kind of name, and kinds that it does not speak of are free. */
const EVERY_ADDRESS: Names = { dns: [], addresses: ['0.0.0.0/0', '::/0'] };

/**
 * May sign certificates of servers, none of further authorities, and only for `permitted`. Mail and
 * programs, for which systems ask the same authorities, know other names: the purpose shuts them out.
 */
export function authorityExtensions(key: KeyObject, permitted: Names): Buffer[] {
  const subtreesOf = (names: Names) =>
    generalNames(names, rangeBytes).map((name) => sequence(name));
  const excluded = permitted.addresses.length === 0 ? subtreesOf(EVERY_ADDRESS) : [];
  const constraints = sequence(
    explicit(0, ...subtreesOf(permitted)),
    ...(excluded.length === 0 ? [] : [explicit(1, ...excluded)]),
  );
  const purpose = sequence(objectIdentifier(OID.serverAuthentication));
  return [
    extension(OID.basicConstraints, 'critical', sequence(boolean(true), integer(Buffer.of(0)))),
    extension(OID.keyUsage, 'critical', flagBits(SIGNS_CERTIFICATES_AND_LISTS)),
    extension(OID.extendedKeyUsage, 'plain', purpose),
    extension(OID.nameConstraints, 'critical', constraints),
    extension(OID.subjectKeyIdentifier, 'plain', octetString(keyIdentifier(key))),
  ];
}

/** A TLS server of these names. */
export function serverExtensions(key: KeyObject, issuer: KeyObject, names: Names): Buffer[] {
  return [
    extension(OID.basicConstraints, 'critical', sequence()),
    extension(OID.keyUsage, 'critical', flagBits(DIGITAL_SIGNATURE)),
    extension(OID.extendedKeyUsage, 'plain', sequence(objectIdentifier(OID.serverAuthentication))),
    extension(OID.subjectAltName, 'plain', sequence(...generalNames(names, addressBytes))),
    extension(OID.subjectKeyIdentifier, 'plain', octetString(keyIdentifier(key))),
    extension(OID.authorityKeyIdentifier, 'plain', sequence(implicit(0, keyIdentifier(issuer)))),
  ];
}

/** For whom an authority may speak: its DNS names, and its ranges as address and mask. */
export function permittedNames(certificate: Uint8Array): {
  readonly dns: readonly string[];
  readonly ranges: readonly Uint8Array[];
} {
  const [signed] = inside(readDer(certificate)[0]);
  const extensions = inside(inside(signed).find(({ tag }) => tag === 0xa3)).flatMap(inside);
  const wanted = objectIdentifier(OID.nameConstraints).subarray(2);
  const found = extensions.find((one) =>
    wanted.equals(inside(one)[0]?.content ?? wanted.subarray(1)),
  );
  const value = found === undefined ? undefined : inside(found).at(-1);
  const names = inside(inside(inside(value)[0])[0]).flatMap(inside);
  return {
    dns: names
      .filter(({ tag }) => tag === (0x80 | DNS_NAME))
      .map(({ content }) => Buffer.from(content).toString()),
    ranges: names.filter(({ tag }) => tag === (0x80 | IP_ADDRESS)).map(({ content }) => content),
  };
}

function inside(value: { readonly content: Uint8Array } | undefined) {
  return value === undefined ? [] : readDer(value.content);
}

function generalNames(names: Names, encodeAddress: (text: string) => Buffer): Buffer[] {
  return [
    ...names.dns.map((name) => implicit(DNS_NAME, Buffer.from(name))),
    ...names.addresses.map((one) => implicit(IP_ADDRESS, encodeAddress(one))),
  ];
}

function nameOf({ organization, commonName }: Subject): Buffer {
  const part = (oid: string, text: string): Buffer =>
    set(sequence(objectIdentifier(oid), utf8String(text)));
  return sequence(
    part(OID.organization, organization),
    ...(commonName === undefined ? [] : [part(OID.commonName, commonName)]),
  );
}

function extension(oid: string, weight: 'critical' | 'plain', value: Uint8Array): Buffer {
  const critical = weight === 'critical' ? [boolean(true)] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

function publicKeyBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** RFC 5280, section 4.2.1.2, leaves the method free; this is one of RFC 7093. */
function keyIdentifier(key: KeyObject): Buffer {
  return hash('sha256', publicKeyBytes(key), 'buffer').subarray(0, 20);
}

function pemOf(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
