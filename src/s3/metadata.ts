import type { ObjectMetadata, ObjectVersion } from '../objects/model.ts';
import { S3Error } from './errors.ts';

/** "The PUT request header is limited to 8 KB … the user-defined metadata is limited to 2 KB." */
const USER_METADATA_SIZE_MAX = 2 * 1024;

interface ContentInput {
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Expires?: string | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

export function metadataOf(input: ContentInput): ObjectMetadata {
  const user = input.Metadata ?? NO_METADATA;
  let size = 0;
  for (const name of Object.keys(user)) size += name.length + (user[name] ?? '').length;
  if (size > USER_METADATA_SIZE_MAX) {
    throw new S3Error('MetadataTooLarge', {
      Size: String(size),
      MaxSizeAllowed: String(USER_METADATA_SIZE_MAX),
    });
  }
  return {
    contentType: input.ContentType,
    cacheControl: input.CacheControl,
    contentDisposition: input.ContentDisposition,
    contentEncoding: withoutChunkCoding(input.ContentEncoding),
    contentLanguage: input.ContentLanguage,
    expires: input.Expires,
    websiteRedirectLocation: input.WebsiteRedirectLocation,
    user,
  };
}

const NO_METADATA: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** What S3 says of an object that was put without a type. */
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** Headers that a reader wants instead of those that were put with the object. */
export interface Overrides {
  readonly ResponseCacheControl?: string | undefined;
  readonly ResponseContentDisposition?: string | undefined;
  readonly ResponseContentEncoding?: string | undefined;
  readonly ResponseContentLanguage?: string | undefined;
  readonly ResponseContentType?: string | undefined;
  readonly ResponseExpires?: string | undefined;
}

/** The members of an answer that say what was put with the object. */
export function metadataAnswer({ metadata }: ObjectVersion, overrides: Overrides) {
  return {
    CacheControl: overrides.ResponseCacheControl ?? metadata.cacheControl,
    ContentDisposition: overrides.ResponseContentDisposition ?? metadata.contentDisposition,
    ContentEncoding: overrides.ResponseContentEncoding ?? metadata.contentEncoding,
    ContentLanguage: overrides.ResponseContentLanguage ?? metadata.contentLanguage,
    ContentType: overrides.ResponseContentType ?? metadata.contentType ?? DEFAULT_CONTENT_TYPE,
    Expires: overrides.ResponseExpires ?? metadata.expires,
    WebsiteRedirectLocation: metadata.websiteRedirectLocation,
    Metadata: metadata.user,
  };
}

/** `aws-chunked` is how the body came, not what it is. */
function withoutChunkCoding(coding: string | undefined): string | undefined {
  if (coding === undefined || !coding.includes('aws-chunked')) return coding;
  const rest = coding
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'aws-chunked' && name !== '');
  return rest.length === 0 ? undefined : rest.join(',');
}
