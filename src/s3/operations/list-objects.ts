import type { ListObjects } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { contentsOf, keyEncoder, pageSizeOf, prefixesOf } from '../listing.ts';

/** Characters that XML 1.0 cannot carry even as references: what it calls no `Char`. */
const UNFIT_FOR_XML = /[^\t\n\r\u0020-\ufffd]/;

export const listObjects: S3Handler<typeof ListObjects> = async (input, context) => {
  const { bucket, objects } = context;
  const { Prefix: prefix = '', Delimiter: delimiter = '', Marker: marker = '' } = input;
  const limit = pageSizeOf(input.MaxKeys);
  const encode = keyEncoder(input.EncodingType);
  const page = await objects.list(bucket, { prefix, delimiter, after: marker, limit });
  const next = page.truncated && delimiter !== '' ? page.last : undefined;
  return {
    Name: bucket.name,
    // The one element that botocore does not decode in this listing, whatever the encoding.
    Prefix: UNFIT_FOR_XML.test(prefix) ? encode(prefix) : prefix,
    Marker: encode(marker),
    // "This element is returned only if you have the delimiter request parameter specified."
    NextMarker: next === undefined ? undefined : encode(next),
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    Contents: await contentsOf(page.objects, { encode, withOwner: true }, context),
    CommonPrefixes: prefixesOf(page.commonPrefixes, encode),
  };
};
