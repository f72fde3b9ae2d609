import { wholeSecond } from './whole-second.ts';
import { base64, fromBase64, fromStrictUtf8, utf8 } from '../base/bytes.ts';
import type { ListedObject } from '../objects/store.ts';
import { uriEncode } from '../signature/index.ts';
import type { S3Context } from './context.ts';
import { S3Error } from './errors.ts';
import { ownerOf } from './owner.ts';

/** "The response might contain fewer keys but will never contain more" than this many. */
export const PAGE_SIZE_MAX = 1000;

export function pageSizeOf(asked: number | undefined): number {
  return Math.min(asked ?? PAGE_SIZE_MAX, PAGE_SIZE_MAX);
}

/** How a listing writes keys: as they are, or percent-encoded when the client asks for `url`. */
export function keyEncoder(encodingType: string | undefined): (key: string) => string {
  return encodingType === 'url' ? (key) => uriEncode(key, true) : (key) => key;
}

export interface EntryOptions {
  readonly encode: (key: string) => string;
  readonly withOwner: boolean;
}

/** The owners of a page by their account ids. Few accounts own many objects: each is looked up once. */
export async function ownersOf(
  objects: readonly { readonly owner: string }[],
  { parts }: S3Context,
) {
  const owners = new Map<string, Awaited<ReturnType<typeof ownerOf>>>();
  for (const { owner } of objects) {
    if (!owners.has(owner)) owners.set(owner, await ownerOf(parts.identity, owner));
  }
  return owners;
}

/** A page's objects as listings show them. */
export async function contentsOf(
  objects: readonly ListedObject[],
  { encode, withOwner }: EntryOptions,
  context: S3Context,
) {
  const owners = await ownersOf(withOwner ? objects : [], context);
  return objects.map((version) => ({
    Key: encode(version.key),
    LastModified: wholeSecond(version.lastModifiedMs),
    ETag: version.etag,
    ChecksumAlgorithm: version.checksum === undefined ? undefined : [version.checksum.algorithm],
    ChecksumType: version.checksum?.type,
    Size: version.size,
    StorageClass: version.storageClass,
    Owner: owners.get(version.owner),
  }));
}

export function prefixesOf(prefixes: readonly string[], encode: (key: string) => string) {
  return prefixes.map((prefix) => ({ Prefix: encode(prefix) }));
}

/** Continuation tokens are opaque to clients: the last key or prefix, in base64. */
export function tokenOf(last: string): string {
  return base64(utf8(last));
}

export function afterOfToken(token: string): string {
  const bytes = fromBase64(token);
  const after = bytes === undefined ? undefined : fromStrictUtf8(bytes);
  if (after !== undefined && after !== '') return after;
  throw new S3Error(
    'InvalidArgument',
    { ArgumentName: 'continuation-token', ArgumentValue: token },
    'The continuation token provided is incorrect',
  );
}
