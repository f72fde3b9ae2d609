import { authorize, bucketPolicy } from '../../access/index.ts';
import type { Bucket } from '../../objects/model.ts';
import {
  compilePolicy,
  documentResources,
  isPublicPolicy,
  parsePolicy,
} from '../../policy/index.ts';
import { utf8 } from '../../base/bytes.ts';
import type { PutBucketPolicy } from '../api/index.ts';
import type { S3Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

/** "Bucket policies are limited to 20 KB in size." */
const POLICY_SIZE_MAX = 20 * 1024;

export const putBucketPolicy: S3Handler<typeof PutBucketPolicy> = async (input, context) => {
  const { bucket, objects } = context;
  if (utf8(input.Policy).byteLength > POLICY_SIZE_MAX) throw new S3Error('PolicyTooLarge');
  const isPublic = assertBucketPolicy(input.Policy, bucket);
  if (isPublic && bucket.publicAccessBlock?.blockPublicPolicy === true) {
    throw new S3Error('AccessDenied');
  }
  const text = await pinnedPolicy(input.Policy, context);
  if (input.ConfirmRemoveSelfBucketAccess !== true) await assertKeepsAccess(text, context);
  await objects.updateBucket(bucket.name, () => ({ policy: text }));
  return {};
};

/** Throws MalformedPolicy; says whether the policy counts as public. */
function assertBucketPolicy(text: string, bucket: Bucket): boolean {
  const parsed = parsePolicy(text, 'resource');
  if (!parsed.ok) {
    throw new S3Error(
      'MalformedPolicy',
      {},
      parsed.findings[0]?.message ?? 'Invalid policy syntax.',
    );
  }
  const arn = `arn:aws:s3:::${bucket.name}`;
  for (const resource of documentResources(parsed.document)) {
    if (resource !== arn && !resource.startsWith(`${arn}/`) && !isWildcardFor(resource, arn)) {
      throw new S3Error('MalformedPolicy', { Detail: resource }, 'Policy has invalid resource');
    }
  }
  return isPublicPolicy(compilePolicy(parsed.document, { type: 'resource-based', id: arn }));
}

/** `arn:aws:s3:::*` and the like name the bucket too, and so may stand in its policy. */
function isWildcardFor(resource: string, arn: string): boolean {
  const star = resource.search(/[*?]/);
  return star >= 0 && arn.startsWith(resource.slice(0, star));
}

/** The policy with users and roles by their unique ids; throws MalformedPolicy for unknown ones. */
async function pinnedPolicy(text: string, { parts }: S3Context): Promise<string> {
  const pinned = await parts.identity.pinPrincipals(text, 'resource');
  if (pinned.ok) return pinned.text;
  const Detail = `"${pinned.type}" : "${pinned.name}"`;
  throw new S3Error('MalformedPolicy', { Detail }, 'Invalid principal in policy');
}

/** Nobody locks themselves out without saying so: who puts the policy must still be able to. */
async function assertKeepsAccess(text: string, context: S3Context): Promise<void> {
  const { bucket, caller, parts } = context;
  if (caller.account === bucket.owner && caller.principal?.kind === 'root') return;
  const next: Bucket = { ...bucket, policy: text };
  bucketPolicy(next);
  const decision = await authorize(
    parts.identity,
    context.question('s3:PutBucketPolicy', { bucket: next }),
  );
  if (decision.effect === 'ExplicitDeny') {
    throw new S3Error(
      'AccessDenied',
      {},
      'The new bucket policy would not allow you to change it again. To put it all the same, ' +
        'confirm by the header x-amz-confirm-remove-self-bucket-access.',
    );
  }
}
