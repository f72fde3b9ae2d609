import type { PutBucketLifecycleConfiguration } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { rulesOfXml } from '../lifecycle-rules.ts';

export const putBucketLifecycleConfiguration: S3Handler<
  typeof PutBucketLifecycleConfiguration
> = async (input, { bucket, objects }) => {
  const rules = rulesOfXml(input.LifecycleConfiguration.Rules);
  const smallObjects = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K';
  await objects.updateBucket(bucket.name, () => ({ lifecycle: { rules, smallObjects } }));
  return { TransitionDefaultMinimumObjectSize: smallObjects };
};
