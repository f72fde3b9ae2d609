import { wholeSecond } from '../whole-second.ts';
import type { ObjectVersion } from '../../objects/model.ts';
import type { Input } from '../../wire/index.ts';
import type { CopyObject } from '../api/index.ts';
import { writeConditions } from '../conditions.ts';
import { versionParameters, type S3Context } from '../context.ts';
import { copySourceOf } from '../copy-source.ts';
import { S3Error } from '../errors.ts';
import { expirationAnswer } from '../expiration.ts';
import { madeVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { typedChecksumAnswer, UPLOAD_SIZE_MAX } from '../integrity.ts';
import { newObjectOf } from '../new-object.ts';

type CopyInput = Input<typeof CopyObject>;

export const copyObject: S3Handler<typeof CopyObject> = async (input, context) => {
  const { bucket, objects } = context;
  const source = await copySourceOf(input, context);
  if (source.size > UPLOAD_SIZE_MAX) {
    throw new S3Error(
      'InvalidRequest',
      {},
      `The specified copy source is larger than the maximum allowable size for a copy source: ${UPLOAD_SIZE_MAX}`,
    );
  }
  assertChangesSomething(source, input, context);
  const asked = await newObjectOf(input, context);
  const version = await objects.copy(source, bucket, input.Key, {
    ...asked,
    metadata:
      input.MetadataDirective === 'REPLACE'
        ? asked.metadata
        : {
            ...source.metadata,
            // The redirect is never copied along, only set anew.
            websiteRedirectLocation: asked.metadata.websiteRedirectLocation,
          },
    tags: await tagsOf(source, input, asked.tags, context),
    checksumAlgorithm: input.ChecksumAlgorithm,
    conditions: writeConditions(input),
  });
  return {
    Expiration: expirationAnswer(version, context),
    CopySourceVersionId:
      source.versionId === 'null' && input.CopySource.versionId === undefined
        ? undefined
        : source.versionId,
    VersionId: madeVersionId(version),
    CopyObjectResult: {
      ETag: version.etag,
      LastModified: wholeSecond(version.lastModifiedMs),
      ...typedChecksumAnswer(version.checksum),
    },
  };
};

/** A copy onto itself is how an object's metadata are changed; one that changes nothing is refused. */
function assertChangesSomething(
  source: ObjectVersion,
  input: CopyInput,
  { bucket }: S3Context,
): void {
  const isItself = source.bucketId === bucket.id && source.key === input.Key && source.isLatest;
  const changes =
    input.MetadataDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ChecksumAlgorithm !== undefined;
  if (!isItself || changes) return;
  throw new S3Error(
    'InvalidRequest',
    {},
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** Tags are copied along when the caller may read them on the source; that they exist is not hidden. */
async function tagsOf(
  source: ObjectVersion,
  input: CopyInput,
  asked: ObjectVersion['tags'],
  context: S3Context,
): Promise<ObjectVersion['tags']> {
  if (input.TaggingDirective === 'REPLACE') return asked;
  if (source.tags === undefined || source.tags.length === 0) return undefined;
  const bucket = await context.objects.findBucket(source.bucket);
  const action =
    input.CopySource.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  await context.demand(action, {
    bucket,
    key: source.key,
    object: source,
    parameters: versionParameters(input.CopySource.versionId),
  });
  await context.demand('s3:PutObjectTagging', {
    bucket: context.bucket,
    key: input.Key,
    isNewObject: true,
    requestTags: source.tags,
  });
  return source.tags;
}
