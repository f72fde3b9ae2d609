import { utf8 } from '../base/bytes.ts';
import type { Tags } from '../objects/model.ts';
import { S3Error } from './errors.ts';

/** S3's bounds ("Object tagging", "Using cost allocation S3 bucket tags"). */
export const OBJECT_TAGS_MAX = 10;
export const BUCKET_TAGS_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;

/** Letters, digits, spaces and `+ - = . _ : / @`, of any script. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface WireTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** The tags of an XML tag set, once they are within S3's bounds. */
export function tagsOfXml(tagSet: readonly WireTag[] | undefined, countMax: number): Tags {
  if (tagSet === undefined) throw new S3Error('MalformedXML');
  const tags = tagSet.map(({ Key: key, Value: value }) => {
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return { key, value };
  });
  return checkedTags(tags, countMax);
}

/** The same tags, or InvalidTag. */
export function checkedTags(tags: Tags, countMax: number): Tags {
  if (tags.length > countMax) {
    throw countMax === OBJECT_TAGS_MAX
      ? new S3Error('BadRequest', {}, 'Object tags cannot be greater than 10')
      : new S3Error('BadRequest', {}, `Bucket tag count cannot be greater than ${countMax}`);
  }
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    if (key === '' || key.length > KEY_LENGTH_MAX || !TAG_TEXT.test(key)) {
      throw new S3Error('InvalidTag', { TagKey: key }, 'The TagKey you have provided is invalid');
    }
    if (value.length > VALUE_LENGTH_MAX || !TAG_TEXT.test(value)) {
      throw new S3Error(
        'InvalidTag',
        { TagKey: key, TagValue: value },
        'The TagValue you have provided is invalid',
      );
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw new S3Error(
        'InvalidTag',
        { TagKey: key },
        'System tags cannot be added/updated by requester',
      );
    }
    if (seen.has(key)) {
      throw new S3Error(
        'InvalidTag',
        { TagKey: key },
        'Cannot provide multiple Tags with the same key',
      );
    }
    seen.add(key);
  }
  return tags;
}

/** Tags as an XML tag set, in UTF-8 order of their keys as S3 answers them. */
export function tagSetOf(tags: Tags): { Key: string; Value: string }[] {
  return tags
    .map(({ key, value }) => ({ Key: key, Value: value }))
    .sort((a, b) => Buffer.compare(utf8(a.Key), utf8(b.Key)));
}
