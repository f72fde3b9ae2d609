import { wholeSecond } from './whole-second.ts';
import type { ObjectVersion } from '../objects/model.ts';
import type { WriteConditions } from '../objects/store.ts';
import { S3Error } from './errors.ts';

export interface ReadConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
}

/**
 * RFC 9110, section 13.2.2, in S3's words: an entity tag goes before a date of the same meaning.
 * Throws NotModified (with the validators as headers) or PreconditionFailed.
 */
export function assertReadable(version: ObjectVersion, conditions: ReadConditions): void {
  const failed = failedCondition(version, conditions);
  if (failed === undefined) return;
  if (failed === 'If-None-Match' || failed === 'If-Modified-Since') {
    throw new S3Error('NotModified', {}, undefined, validators(version));
  }
  throw new S3Error('PreconditionFailed', { Condition: failed });
}

/** The same for the source of a copy, where every failure is 412. */
export function assertCopyable(version: ObjectVersion, conditions: ReadConditions): void {
  const failed = failedCondition(version, conditions);
  if (failed !== undefined) {
    throw new S3Error('PreconditionFailed', { Condition: `x-amz-copy-source-${failed}` });
  }
}

function failedCondition(version: ObjectVersion, conditions: ReadConditions): string | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  const modifiedSecond = Math.floor(version.lastModifiedMs / 1000);
  if (IfMatch !== undefined) {
    if (!matchesEtag(IfMatch, version.etag)) return 'If-Match';
  } else if (IfUnmodifiedSince !== undefined) {
    if (modifiedSecond > IfUnmodifiedSince.getTime() / 1000) return 'If-Unmodified-Since';
  }
  if (IfNoneMatch !== undefined) {
    if (matchesEtag(IfNoneMatch, version.etag)) return 'If-None-Match';
  } else if (IfModifiedSince !== undefined) {
    if (modifiedSecond <= IfModifiedSince.getTime() / 1000) return 'If-Modified-Since';
  }
  return undefined;
}

function matchesEtag(condition: string, etag: string): boolean {
  return condition.split(',').some((item) => {
    const tag = bareEtag(item);
    return tag === '*' || tag === etag;
  });
}

/** An entity tag without quotes and without the mark of weakness. */
export function bareEtag(text: string): string {
  return text.trim().replace(/^W\//, '').replaceAll(/^"|"$/g, '');
}

/** Conditions on the key that a write replaces. Only `*` can be asked to be absent. */
export function writeConditions(input: {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}): WriteConditions {
  const { IfMatch, IfNoneMatch } = input;
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
    throw new S3Error('NotImplemented', { Header: 'If-None-Match' });
  }
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    throw new S3Error('NotImplemented', { Header: 'If-Match' });
  }
  return {
    ifMatch: IfMatch === undefined ? undefined : bareEtag(IfMatch),
    ifNoneMatch: IfNoneMatch,
  };
}

function validators(version: ObjectVersion): readonly string[] {
  return [
    'ETag',
    `"${version.etag}"`,
    'Last-Modified',
    wholeSecond(version.lastModifiedMs).toUTCString(),
  ];
}
