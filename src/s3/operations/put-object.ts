import type { PutObject } from '../api/index.ts';
import { writeConditions } from '../conditions.ts';
import { expirationAnswer } from '../expiration.ts';
import { madeVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { integrityOf, typedChecksumAnswer } from '../integrity.ts';
import { newObjectOf } from '../new-object.ts';

export const putObject: S3Handler<typeof PutObject> = async (input, context) => {
  const { bucket, objects } = context;
  const version = await objects.put(bucket, input.Key, input.Body, {
    ...(await newObjectOf(input, context)),
    integrity: integrityOf(input, context),
    conditions: writeConditions(input),
  });
  return {
    Expiration: expirationAnswer(version, context),
    ETag: version.etag,
    VersionId: madeVersionId(version),
    ...typedChecksumAnswer(version.checksum),
  };
};
