import type { GetBucketLifecycleConfiguration } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { xmlOfRules } from '../lifecycle-rules.ts';

export const getBucketLifecycleConfiguration: S3Handler<typeof GetBucketLifecycleConfiguration> = (
  _,
  { bucket },
) => {
  const { lifecycle, name } = bucket;
  if (lifecycle === undefined) {
    throw new S3Error('NoSuchLifecycleConfiguration', { BucketName: name });
  }
  return {
    Rules: xmlOfRules(lifecycle.rules),
    TransitionDefaultMinimumObjectSize: lifecycle.smallObjects,
  };
};
