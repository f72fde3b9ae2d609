import type { GetBucketLocation } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

/** The oldest region answers with an empty element: it had no name when the question was made. */
const NAMELESS_REGION = 'us-east-1';

export const getBucketLocation: S3Handler<typeof GetBucketLocation> = (_, { bucket }) => ({
  LocationConstraint: bucket.region === NAMELESS_REGION ? '' : bucket.region,
});
