import { policyArn, parseIamArn, AWS_ACCOUNT } from './arn.ts';
import {
  AWS_MANAGED_SINCE_MS,
  AWS_MANAGED_VERSION,
  awsManagedPolicyByArn,
  awsManagedPolicyById,
  type AwsManagedPolicy,
} from './aws-managed-policies.ts';
import type { ActingKind } from './entity.ts';
import { IdentityError } from './error.ts';
import type { Actor, ManagedPolicy } from './model.ts';
import { attachments, policies, policyNames, type AttachmentKind } from './records.ts';
import type { Transaction } from './transaction.ts';

/**
 * Managed policies seen from the entities that they are attached to or bound by. A policy counts
 * its entities on its own record, so that attaching it and deleting it can never both succeed.
 */
export type PolicyGetter = Pick<Transaction, 'get'>;

/** One of AWS's policies in the form that the account's own have; it counts no attachments. */
export function providedPolicy(policy: AwsManagedPolicy): ManagedPolicy {
  const { id, name, path, description } = policy;
  return {
    id,
    account: AWS_ACCOUNT,
    name,
    path,
    description,
    createdAtMs: AWS_MANAGED_SINCE_MS,
    updatedAtMs: AWS_MANAGED_SINCE_MS,
    tags: [],
    versions: [{ number: AWS_MANAGED_VERSION, createdAtMs: AWS_MANAGED_SINCE_MS }],
    defaultVersion: AWS_MANAGED_VERSION,
    nextVersion: AWS_MANAGED_VERSION + 1,
    attachmentCount: 0,
    boundaryCount: 0,
  };
}

/** The policy of this ARN, if the account may use it: its own, or AWS's. InvalidInput for no ARN. */
export async function findPolicyByArn(
  tx: PolicyGetter,
  account: string,
  arn: string,
): Promise<ManagedPolicy | undefined> {
  const provided = awsManagedPolicyByArn(arn);
  if (provided !== undefined) return providedPolicy(provided);
  const parsed = parseIamArn(arn);
  if (parsed?.kind !== 'policy') {
    throw new IdentityError('InvalidInput', `ARN ${arn} is not valid.`);
  }
  if (parsed.account !== account) return undefined;
  const reference = await tx.get(policyNames, account, parsed.name.toLowerCase());
  const policy = reference && (await tx.get(policies, account, reference.id));
  return policy !== undefined && policyArn(policy) === arn ? policy : undefined;
}

/** The policy of this id, which is attached to something of the account and therefore exists. */
export async function findPolicyById(
  tx: PolicyGetter,
  account: string,
  id: string,
): Promise<ManagedPolicy | undefined> {
  const provided = awsManagedPolicyById(id);
  return provided === undefined ? tx.get(policies, account, id) : providedPolicy(provided);
}

export function isProvided(policy: ManagedPolicy): boolean {
  return policy.account === AWS_ACCOUNT;
}

/** The policy of this ARN, or the refusal of whoever wants to attach it. */
export async function attachableIn(
  tx: Transaction,
  account: string,
  arn: string,
): Promise<ManagedPolicy> {
  const policy = await findPolicyByArn(tx, account, arn);
  if (policy !== undefined) return policy;
  throw new IdentityError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
}

type CountName = 'attachmentCount' | 'boundaryCount';

/** Writes that the entity uses the policy, or does so no more, into index and count. */
export function countUse(
  tx: Transaction,
  account: string,
  policy: ManagedPolicy,
  use: { readonly kind: AttachmentKind; readonly entityId: string; readonly change: 1 | -1 },
): void {
  const { kind, entityId, change } = use;
  if (change === 1) tx.set(attachments, { id: entityId }, account, policy.id, kind, entityId);
  else tx.delete(attachments, account, policy.id, kind, entityId);
  // AWS's policies are nobody's to delete, so nothing needs their count.
  if (isProvided(policy)) return;
  const name: CountName = kind.endsWith('-boundary') ? 'boundaryCount' : 'attachmentCount';
  tx.set(policies, { ...policy, [name]: policy[name] + change }, account, policy.id);
}

/** The entity, not bound yet, bound by the policy of this ARN. */
export async function bound<E extends Actor>(
  tx: Transaction,
  { kind }: ActingKind<E>,
  entity: E,
  arn: string,
): Promise<E> {
  const { account, id } = entity;
  const policy = await attachableIn(tx, account, arn);
  countUse(tx, account, policy, { kind: `${kind}-boundary`, entityId: id, change: 1 });
  return { ...entity, boundaryPolicyId: policy.id };
}

/** The entity without boundary. */
export async function unbound<E extends Actor>(
  tx: Transaction,
  { kind }: ActingKind<E>,
  entity: E,
): Promise<E> {
  const { boundaryPolicyId, ...rest } = entity;
  if (boundaryPolicyId === undefined) return entity;
  const { account, id } = entity;
  const policy = await findPolicyById(tx, account, boundaryPolicyId);
  if (policy !== undefined) {
    countUse(tx, account, policy, { kind: `${kind}-boundary`, entityId: id, change: -1 });
  }
  return rest as E;
}
