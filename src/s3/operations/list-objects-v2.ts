import type { ListObjectsV2 } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import {
  afterOfToken,
  contentsOf,
  keyEncoder,
  pageSizeOf,
  prefixesOf,
  tokenOf,
} from '../listing.ts';

export const listObjectsV2: S3Handler<typeof ListObjectsV2> = async (input, context) => {
  const { bucket, objects } = context;
  const { Prefix: prefix = '', Delimiter: delimiter = '', StartAfter: startAfter } = input;
  const token = input.ContinuationToken;
  const limit = pageSizeOf(input.MaxKeys);
  const encode = keyEncoder(input.EncodingType);
  const after = token === undefined ? (startAfter ?? '') : afterOfToken(token);
  const page = await objects.list(bucket, { prefix, delimiter, after, limit });
  const withOwner = input.FetchOwner ?? false;
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    ContinuationToken: token,
    NextContinuationToken:
      page.truncated && page.last !== undefined ? tokenOf(page.last) : undefined,
    KeyCount: page.objects.length + page.commonPrefixes.length,
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    Contents: await contentsOf(page.objects, { encode, withOwner }, context),
    CommonPrefixes: prefixesOf(page.commonPrefixes, encode),
  };
};
