import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import {
  encodeRecord,
  headerOf,
  openRecord,
  RecordCorruptError,
  tailOf,
  type OpenRecord,
} from './envelope.ts';
import type { Acl, Checksum, ObjectMetadata, Tags } from './model.ts';
import { decodeFacts, encodeFacts, type VersionFacts } from './version-facts.ts';

/**
 * What is stored of a version of an object: everything but its bucket and key, which are its key in
 * the store. `docs/decisions/object-records.md` lists the short names and what is kept free.
 */
export interface ObjectRecord {
  readonly kind: 'object';
  /** Undefined for the `null` version. */
  readonly id: string | undefined;
  /** Order and time of the version; see `version-id.ts`. */
  readonly stamp: number;
  readonly size: number;
  readonly etag: string;
  readonly owner: string;
  readonly storageClass: string;
  readonly metadata: ObjectMetadata;
  readonly checksum: Checksum | undefined;
  readonly acl: Acl | undefined;
  readonly tags: Tags | undefined;
  readonly body: Body;
}

export interface MarkerRecord {
  readonly kind: 'deleteMarker';
  readonly id: string | undefined;
  readonly stamp: number;
  readonly owner: string;
}

export type VersionRecord = ObjectRecord | MarkerRecord;

/** Where an object's bytes are. */
export type Body = PartBody | ContentBody | PartsBody;

/** Bytes of a part, or of an object that is not placed yet. */
export type PartBody = InlineBody | { readonly kind: 'blob'; readonly blob: string };

export interface InlineBody {
  readonly kind: 'inline';
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/** Bytes in a row of their own, which belongs to this version alone; see `content.ts`. */
export interface ContentBody {
  readonly kind: 'content';
  readonly id: string;
  readonly crc: number;
  /** Undefined in a record that was read without its bytes. */
  readonly bytes: Uint8Array | undefined;
}

/** The parts of a finished upload, which stay where they were put. */
export interface PartsBody {
  readonly kind: 'parts';
  readonly group: string;
  /** How many parts in a row have which size. */
  readonly sizes: readonly (readonly [count: number, size: number])[];
  /** Part numbers: how many in a row, from which; undefined when they are 1 and up. */
  readonly numbers: readonly (readonly [count: number, first: number])[] | undefined;
}

export function inlineBody(bytes: Uint8Array): InlineBody {
  return { kind: 'inline', bytes, crc: crc32(bytes) };
}

/** The bytes of a body that holds them, checked against what was written. */
export function verifiedBytes(body: Pick<InlineBody, 'bytes' | 'crc'>): Uint8Array {
  if (crc32(body.bytes) !== body.crc) {
    throw new RecordCorruptError('The bytes of an object do not match their checksum');
  }
  return body.bytes;
}

/**
 * What a version's record holds beside its facts. A field that is undefined is left out by JSON.
 */
interface VersionHeader extends BodyHeader {
  /** ETag and storage class of a form that the facts have no room for. */
  readonly e?: string | undefined;
  readonly c?: string | undefined;
  readonly m?: MetadataHeader;
  /** Value of the checksum. */
  readonly k?: string | undefined;
  readonly a?: Acl | undefined;
  readonly g?: readonly (readonly [string, string])[] | undefined;
}

interface BodyHeader {
  /** CRC-32 of bytes in the record or in the row `i`. */
  readonly z?: number;
  readonly i?: string;
  readonly b?: string;
  readonly p?: Pick<PartsBody, 'group' | 'sizes' | 'numbers'>;
}

export interface MetadataHeader {
  readonly ct?: string | undefined;
  readonly cc?: string | undefined;
  readonly cd?: string | undefined;
  readonly ce?: string | undefined;
  readonly cl?: string | undefined;
  readonly ex?: string | undefined;
  readonly wr?: string | undefined;
  readonly u?: Readonly<Record<string, string>> | undefined;
}

export function encodeVersion(record: VersionRecord): Uint8Array {
  if (record.kind === 'deleteMarker') return encodeMarker(record);
  const { id, stamp, size, etag, storageClass, owner, checksum, tags, body } = record;
  const facts = encodeFacts({
    isMarker: false,
    id,
    stamp,
    size,
    etag,
    storageClass,
    owner,
    checksum,
  });
  const header: VersionHeader = {
    e: facts.etag,
    c: facts.storageClass,
    m: encodeMetadata(record.metadata),
    k: checksum?.value,
    a: record.acl,
    g: tags?.map(({ key, value }) => [key, value] as const),
    ...encodeBody(body),
  };
  const tail = body.kind === 'inline' ? body.bytes : undefined;
  return encodeRecord({ facts: facts.bytes, header, tail });
}

function encodeMarker({ id, stamp, owner }: MarkerRecord): Uint8Array {
  const facts = encodeFacts({
    isMarker: true,
    id,
    stamp,
    size: 0,
    etag: undefined,
    storageClass: undefined,
    owner,
    checksum: undefined,
  });
  return encodeRecord({ facts: facts.bytes, header: {} });
}

export function decodeVersion(bytes: Uint8Array): VersionRecord {
  const opened = openRecord(bytes);
  const facts = decodeFacts(opened);
  if (facts.isMarker) return markerOf(facts);
  const header = headerOf<VersionHeader>(opened);
  const { id, stamp, size, owner, checksum } = facts;
  return {
    kind: 'object',
    id,
    stamp,
    size,
    etag: facts.etag ?? header.e ?? '',
    owner,
    storageClass: facts.storageClass ?? header.c ?? '',
    metadata: decodeMetadata(header.m),
    checksum: checksum && { ...checksum, value: header.k ?? '' },
    acl: header.a,
    tags: header.g?.map(([key, value]) => ({ key, value })),
    body: decodeBody(header, opened),
  };
}

/** A record of the space `object`, where only objects are. */
export function decodeObject(bytes: Uint8Array): ObjectRecord {
  const record = decodeVersion(bytes);
  if (record.kind !== 'object') throw new RecordCorruptError('A delete marker lies as an object');
  return record;
}

/** As much of an object's record as listings tell. */
export type ListedRecord = Pick<
  ObjectRecord,
  'kind' | 'id' | 'stamp' | 'size' | 'etag' | 'owner' | 'storageClass'
> &
  Pick<VersionFacts, 'checksum'>;

export function decodeListedVersion(bytes: Uint8Array): ListedRecord | MarkerRecord {
  const opened = openRecord(bytes);
  const facts = decodeFacts(opened);
  if (facts.isMarker) return markerOf(facts);
  const { id, stamp, size, owner, checksum } = facts;
  let { etag, storageClass } = facts;
  if (etag === undefined || storageClass === undefined) {
    const header = headerOf<VersionHeader>(opened);
    etag ??= header.e ?? '';
    storageClass ??= header.c ?? '';
  }
  return { kind: 'object', id, stamp, size, etag, owner, storageClass, checksum };
}

/** The same of a row where only objects are. */
export function decodeListedObject(bytes: Uint8Array): ListedRecord {
  const record = decodeListedVersion(bytes);
  if (record.kind !== 'object') throw new RecordCorruptError('A delete marker lies as an object');
  return record;
}

function markerOf({ id, stamp, owner }: VersionFacts): MarkerRecord {
  return { kind: 'deleteMarker', id, stamp, owner };
}

function encodeBody(body: Body): BodyHeader {
  if (body.kind === 'inline') return { z: body.crc };
  if (body.kind === 'content') return { i: body.id, z: body.crc };
  if (body.kind === 'blob') return { b: body.blob };
  return { p: { group: body.group, sizes: body.sizes, numbers: body.numbers } };
}

function decodeBody(header: BodyHeader, record: OpenRecord): Body {
  if (header.b !== undefined) return { kind: 'blob', blob: header.b };
  if (header.p !== undefined) {
    const { group, sizes, numbers } = header.p;
    return { kind: 'parts', group, sizes, numbers };
  }
  const crc = header.z ?? 0;
  if (header.i !== undefined) return { kind: 'content', id: header.i, crc, bytes: undefined };
  return { kind: 'inline', bytes: tailOf(record), crc };
}

export function encodeMetadata(metadata: ObjectMetadata): MetadataHeader {
  return {
    ct: metadata.contentType,
    cc: metadata.cacheControl,
    cd: metadata.contentDisposition,
    ce: metadata.contentEncoding,
    cl: metadata.contentLanguage,
    ex: metadata.expires,
    wr: metadata.websiteRedirectLocation,
    u: Object.keys(metadata.user).length === 0 ? undefined : metadata.user,
  };
}

export function decodeMetadata(header: MetadataHeader | undefined): ObjectMetadata {
  return {
    contentType: header?.ct,
    cacheControl: header?.cc,
    contentDisposition: header?.cd,
    contentEncoding: header?.ce,
    contentLanguage: header?.cl,
    expires: header?.ex,
    websiteRedirectLocation: header?.wr,
    user: Object.assign(Object.create(null), header?.u) as Readonly<Record<string, string>>,
  };
}

/** A part of an upload, finished or not. */
export interface PartRecord {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly body: PartBody;
}

interface PartHeader extends BodyHeader {
  readonly s: number;
  readonly e: string;
  readonly t: number;
  readonly k?: readonly [ChecksumAlgorithm, string] | undefined;
}

export function encodePart({ size, etag, modifiedMs, checksum, body }: PartRecord): Uint8Array {
  const header: PartHeader = {
    s: size,
    e: etag,
    t: modifiedMs,
    k: checksum && [checksum.algorithm, checksum.value],
    ...encodeBody(body),
  };
  return encodeRecord({ header, tail: body.kind === 'inline' ? body.bytes : undefined });
}

export function decodePart(bytes: Uint8Array): PartRecord {
  const opened = openRecord(bytes);
  const header = headerOf<PartHeader>(opened);
  const body = decodeBody(header, opened);
  if (body.kind === 'parts' || body.kind === 'content') {
    throw new RecordCorruptError('A part has a body as only objects have');
  }
  return {
    size: header.s,
    etag: header.e,
    modifiedMs: header.t,
    checksum: header.k && { algorithm: header.k[0], value: header.k[1] },
    body,
  };
}
