import type { GetPublicAccessBlock } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const getPublicAccessBlock: S3Handler<typeof GetPublicAccessBlock> = (_, { bucket }) => {
  const block = bucket.publicAccessBlock;
  if (block === undefined) {
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', { BucketName: bucket.name });
  }
  return {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: block.blockPublicAcls,
      IgnorePublicAcls: block.ignorePublicAcls,
      BlockPublicPolicy: block.blockPublicPolicy,
      RestrictPublicBuckets: block.restrictPublicBuckets,
    },
  };
};
