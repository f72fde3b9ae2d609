import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import { decodeHeader, encodeRecord, RecordCorruptError, tailOf } from './envelope.ts';
import type { Acl, Checksum, ObjectMetadata, Tags } from './model.ts';

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
export type Body = InlineBody | { readonly kind: 'blob'; readonly blob: string } | PartsBody;

export interface InlineBody {
  readonly kind: 'inline';
  readonly bytes: Uint8Array;
  readonly crc: number;
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

/** The bytes of an inline body, checked against what was written. */
export function verifiedInline(body: InlineBody): Uint8Array {
  if (crc32(body.bytes) !== body.crc) {
    throw new RecordCorruptError('The bytes of an object do not match their checksum');
  }
  return body.bytes;
}

/** The stored names. A field that is undefined is left out by JSON. */
interface VersionHeader extends BodyHeader {
  /** 1 for a delete marker. */
  readonly d?: 1;
  readonly i?: string | undefined;
  readonly t: number;
  readonly s?: number;
  readonly e?: string;
  readonly o: string;
  /** Left out for STANDARD. */
  readonly c?: string | undefined;
  readonly m?: MetadataHeader;
  readonly k?: readonly [ChecksumAlgorithm, 0 | 1, string] | undefined;
  readonly a?: Acl | undefined;
  readonly g?: readonly (readonly [string, string])[] | undefined;
}

interface BodyHeader {
  /** CRC-32 of inline bytes. */
  readonly z?: number;
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

const STANDARD = 'STANDARD';

export function encodeVersion(record: VersionRecord): Uint8Array {
  if (record.kind === 'deleteMarker') {
    return encodeRecord({ d: 1, i: record.id, t: record.stamp, o: record.owner });
  }
  const { checksum, tags, body } = record;
  const header: VersionHeader = {
    i: record.id,
    t: record.stamp,
    s: record.size,
    e: record.etag,
    o: record.owner,
    c: record.storageClass === STANDARD ? undefined : record.storageClass,
    m: encodeMetadata(record.metadata),
    k: checksum && [checksum.algorithm, checksum.type === 'COMPOSITE' ? 1 : 0, checksum.value],
    a: record.acl,
    g: tags?.map(({ key, value }) => [key, value] as const),
    ...encodeBody(body),
  };
  return encodeRecord(header, body.kind === 'inline' ? body.bytes : undefined);
}

export function decodeVersion(bytes: Uint8Array): VersionRecord {
  const header = decodeHeader<VersionHeader>(bytes);
  if (header.d === 1) return decodeMarker(header);
  return {
    kind: 'object',
    ...decodeListed(header),
    metadata: decodeMetadata(header.m),
    acl: header.a,
    tags: header.g?.map(([key, value]) => ({ key, value })),
    body: decodeBody(header, bytes),
  };
}

/** A record of the space `object`, where only objects are. */
export function decodeObject(bytes: Uint8Array): ObjectRecord {
  const record = decodeVersion(bytes);
  if (record.kind !== 'object') throw new RecordCorruptError('A delete marker lies as an object');
  return record;
}

/** As much of a record as listings tell. */
export type ListedRecord = Omit<ObjectRecord, 'kind' | 'metadata' | 'acl' | 'tags' | 'body'>;

export function decodeListedObject(bytes: Uint8Array): ListedRecord {
  return decodeListed(decodeHeader<VersionHeader>(bytes));
}

/** The same of any version. */
export function decodeListedVersion(
  bytes: Uint8Array,
): (ListedRecord & { readonly kind: 'object' }) | MarkerRecord {
  const header = decodeHeader<VersionHeader>(bytes);
  return header.d === 1 ? decodeMarker(header) : { kind: 'object', ...decodeListed(header) };
}

function decodeMarker(header: VersionHeader): MarkerRecord {
  return { kind: 'deleteMarker', id: header.i, stamp: header.t, owner: header.o };
}

function decodeListed(header: VersionHeader): ListedRecord {
  const { k } = header;
  return {
    id: header.i,
    stamp: header.t,
    size: header.s ?? 0,
    etag: header.e ?? '',
    owner: header.o,
    storageClass: header.c ?? STANDARD,
    checksum:
      k === undefined
        ? undefined
        : { algorithm: k[0], type: k[1] === 1 ? 'COMPOSITE' : 'FULL_OBJECT', value: k[2] },
  };
}

function encodeBody(body: Body): BodyHeader {
  if (body.kind === 'inline') return { z: body.crc };
  if (body.kind === 'blob') return { b: body.blob };
  return { p: { group: body.group, sizes: body.sizes, numbers: body.numbers } };
}

function decodeBody(header: BodyHeader, record: Uint8Array): Body {
  if (header.b !== undefined) return { kind: 'blob', blob: header.b };
  if (header.p !== undefined) {
    const { group, sizes, numbers } = header.p;
    return { kind: 'parts', group, sizes, numbers };
  }
  return { kind: 'inline', bytes: tailOf(record), crc: header.z ?? 0 };
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

/** A part of an upload, finished or not. Its body is never parts again. */
export interface PartRecord {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly body: Exclude<Body, PartsBody>;
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
  return encodeRecord(header, body.kind === 'inline' ? body.bytes : undefined);
}

export function decodePart(bytes: Uint8Array): PartRecord {
  const header = decodeHeader<PartHeader>(bytes);
  const body = decodeBody(header, bytes);
  if (body.kind === 'parts') throw new RecordCorruptError('A part consists of parts');
  return {
    size: header.s,
    etag: header.e,
    modifiedMs: header.t,
    checksum: header.k && { algorithm: header.k[0], value: header.k[1] },
    body,
  };
}
