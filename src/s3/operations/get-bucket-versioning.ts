import type { GetBucketVersioning } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

/** A bucket that never had versions answers neither status. */
export const getBucketVersioning: S3Handler<typeof GetBucketVersioning> = (_, { bucket }) => {
  switch (bucket.versioning) {
    case 'unversioned':
      return {};
    case 'enabled':
      return { Status: 'Enabled' };
    case 'suspended':
      return { Status: 'Suspended' };
  }
};
