import type { PutBucketVersioning } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const putBucketVersioning: S3Handler<typeof PutBucketVersioning> = async (
  input,
  { bucket, objects },
) => {
  const { Status: status, MFADelete: mfaDelete } = input.VersioningConfiguration;
  if (mfaDelete === 'Enabled') throw new S3Error('NotImplemented', { Header: 'MfaDelete' });
  if (status === undefined) {
    throw new S3Error(
      'IllegalVersioningConfigurationException',
      {},
      'The Versioning element must be specified',
    );
  }
  if (status === 'Suspended' && bucket.objectLock) {
    throw new S3Error(
      'InvalidBucketState',
      {},
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  const versioning = status === 'Enabled' ? 'enabled' : 'suspended';
  await objects.updateBucket(bucket.name, () => ({ versioning }));
  return {};
};
