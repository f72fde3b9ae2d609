import type { Question } from '../../access/index.ts';

/**
 * What has to be allowed beside what was asked, for the day on which it fails. Who sends a part of an
 * upload must be able to take the upload back: under a policy without that, parts stay for ever,
 * paid for and unseen, and no traffic of better days tells.
 */
export function foreseenAction({ action, context }: Question): string | undefined {
  if (action !== 's3:PutObject') return undefined;
  // What is authorized as PutObject and makes no object begins an upload in parts, or brings one.
  const makesObject = context('s3:objectcreationoperation');
  return makesObject === 'false' ? 's3:AbortMultipartUpload' : undefined;
}
