import {
  concernsExistingObject,
  consider,
  contextReader,
  resourceAccountOf,
  type Question,
} from '../../access/index.ts';
import { parseIamArn, roleArn } from '../../identity/index.ts';
import type { Bucket, ObjectVersion } from '../../objects/model.ts';
import { compilePolicy, type CompiledPolicy } from '../../policy/index.ts';
import { QUESTIONS_MAX, type GetOwnAccess } from '../api.ts';
import { CofferError } from '../error.ts';
import type { CofferContext, CofferHandler } from '../handler.ts';

export const getOwnAccess: CofferHandler<typeof GetOwnAccess> = async (
  { ActionNames, ResourceArns },
  context,
) => {
  if (ActionNames.length * ResourceArns.length > QUESTIONS_MAX) {
    throw new CofferError('LimitExceeded', `A call answers ${QUESTIONS_MAX} questions at most.`);
  }
  const access: { action: string; resource: string; effect: string }[] = [];
  for (const resource of ResourceArns) {
    const found = await findResource(context, resource);
    for (const action of ActionNames) {
      const question = questionOf(context, action, resource, found);
      const { decision } = await consider(context.identity, question);
      access.push({ action, resource, effect: decision.effect });
    }
  }
  return { Access: JSON.stringify(access) };
};

interface Found {
  readonly bucket?: Bucket | undefined;
  readonly key?: string | undefined;
  readonly object?: ObjectVersion | undefined;
  /** Who may have sessions of the role that the resource is. */
  readonly trust?: CompiledPolicy | undefined;
}

/** Of a role that is not there. */
const TRUSTS_NOBODY = compilePolicy(
  { version: '2012-10-17', statements: [] },
  { type: 'trust', id: 'absent' },
);
/** What a trust policy decides, and nothing else that is done with a role. */
const OF_TRUST = /^sts:/i;

const S3_RESOURCE = /^arn:aws:s3:::([^/]+)(?:\/(.*))?$/s;

/** What the server knows of the resource; a bucket that is not there is nobody's. */
async function findResource({ objects, identity }: CofferContext, arn: string): Promise<Found> {
  const parsed = parseIamArn(arn);
  if (parsed?.kind === 'role') {
    const found = await identity.findAssumableRole(parsed.account, parsed.name);
    const isMeant = found !== undefined && roleArn(found.role) === arn;
    return { trust: isMeant ? found.trustPolicy : TRUSTS_NOBODY };
  }
  const [, name, key] = S3_RESOURCE.exec(arn) ?? [];
  const bucket = name === undefined ? undefined : await objects.findBucket(name);
  if (bucket === undefined || key === undefined || key === '') return { bucket, key };
  const object = await objects.find(bucket, key, undefined);
  return { bucket, key, object: object?.kind === 'object' ? object : undefined };
}

function questionOf(
  { caller, head, clock, region, account }: CofferContext,
  action: string,
  resource: string,
  { bucket, key, object: existing, trust }: Found,
): Question {
  const object = concernsExistingObject(action) ? existing : undefined;
  const owner = resourceAccountOf(action, { bucket, object }, account);
  const resourceAccount = owner ?? parseIamArn(resource)?.account ?? account;
  return {
    caller,
    action,
    resource,
    resourceAccount,
    bucket,
    object,
    resourcePolicy: OF_TRUST.test(action) ? trust : undefined,
    sender: head,
    context: contextReader({
      request: head,
      caller,
      nowMs: clock.nowMs(),
      region: bucket?.region ?? region,
      resourceAccount,
      // A listing of everything names no prefix, and a question about a key none either.
      query: key === undefined ? new Map([['prefix', '']]) : new Map(),
      existingTags: object?.tags,
      requestTags: undefined,
    }),
  };
}
