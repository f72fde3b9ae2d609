import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import type { RequestHead } from '../base/http.ts';
import type { Bucket, ObjectVersion } from '../objects/model.ts';
import {
  compilePolicy,
  evaluate,
  isPublicPolicy,
  joinPolicies,
  parsePolicy,
  RESCUING_ACTIONS,
  type AccessRequest,
  type ApplicablePolicies,
  withoutAllows,
  type CompiledPolicy,
  type ContextReader,
  type Decision,
} from '../policy/index.ts';
import type { IdentityStore, PrincipalPolicies } from '../identity/index.ts';
import { aclPolicy, aclsEnabled } from './acl.ts';
import type { Caller } from './caller.ts';

/** One question: may this caller take this action on this resource? */
export interface Question {
  readonly caller: Caller;
  readonly action: string;
  /** An ARN, or `*` for an action that concerns the account. */
  readonly resource: string;
  /** The account that the resource belongs to. */
  readonly resourceAccount: string;
  readonly context: ContextReader;
  /** Where the request came from. */
  readonly sender: Pick<RequestHead, 'remoteAddress' | 'secure'>;
  /** The resource's own policy where it is no bucket: a role's trust policy. */
  readonly resourcePolicy?: CompiledPolicy | undefined;
  /** The bucket that the resource is, or lies in. */
  readonly bucket?: Bucket | undefined;
  /** The object that the resource is, where it exists and its ACL counts. */
  readonly object?: ObjectVersion | undefined;
  /** The resource is an object that the request itself makes. */
  readonly isNewObject?: boolean | undefined;
}

/** Bucket policies are compiled once: the store returns the same object while nothing changes. */
const bucketPolicies = new WeakMap<Bucket, CompiledBucketPolicy>();

interface CompiledBucketPolicy {
  readonly policy: CompiledPolicy;
  readonly isPublic: boolean;
}

/** What was asked of the policy engine, and what it answered. */
export interface Considered {
  readonly request: AccessRequest;
  readonly policies: ApplicablePolicies;
  readonly decision: Decision;
}

/** Asks every policy that applies, once. Whatever goes wrong on the way denies. */
export function consider(identity: IdentityStore, question: Question): Awaitable<Considered> {
  const { caller, action, resourceAccount } = question;
  const isOwnersRoot = caller.principal?.kind === 'root' && caller.account === resourceAccount;
  if (isOwnersRoot && RESCUING_ACTIONS.has(action)) {
    return { request: requestOf(question), policies: NONE, decision: { effect: 'Allow' } };
  }
  const failed = (error: unknown): Considered => ({
    request: requestOf(question),
    policies: NONE,
    decision: { effect: 'ImplicitDeny', error },
  });
  try {
    const own = caller.principal === undefined ? NONE : identity.policiesOf(caller.principal);
    return own instanceof Promise
      ? own.then((policies) => decide(question, policies)).catch(failed)
      : decide(question, own);
  } catch (error) {
    return failed(error);
  }
}

/** The same for who wants only the answer. */
export function authorize(identity: IdentityStore, question: Question): Awaitable<Decision> {
  return whenKnown(consider(identity, question), ({ decision }) => decision);
}

const NONE: PrincipalPolicies = { identity: [] };

function requestOf(question: Question): AccessRequest {
  const { caller, action, resource, resourceAccount, context } = question;
  return {
    principal: caller.policyPrincipal,
    action,
    resource,
    resourceAccountId: resourceAccount,
    context,
  };
}

function decide(question: Question, own: PrincipalPolicies): Considered {
  const granting = joinPolicies(resourcePolicies(question));
  const request = requestOf(question);
  const policies = granting === undefined ? own : { ...own, resource: granting };
  return { request, policies, decision: evaluate(request, policies) };
}

/** The resource's policy; for a bucket its policy and the ACLs that grant something. */
function resourcePolicies({
  caller,
  bucket,
  object,
  isNewObject,
  resourceAccount,
  resourcePolicy,
}: Question): readonly CompiledPolicy[] {
  if (bucket === undefined) return resourcePolicy === undefined ? [] : [resourcePolicy];
  const policies: CompiledPolicy[] = [];
  const block = bucket.publicAccessBlock;
  const compiled = bucketPolicy(bucket);
  if (compiled !== undefined) {
    // RestrictPublicBuckets leaves of a public policy only what it gives within the owner's account.
    const isShut =
      compiled.isPublic && block?.restrictPublicBuckets === true && caller.account !== bucket.owner;
    // What it allows "applies only to objects that are owned by the bucket owner".
    const isAnothers = resourceAccount !== bucket.owner;
    policies.push(isShut || isAnothers ? withoutAllows(compiled.policy) : compiled.policy);
  }
  if (aclsEnabled(bucket)) {
    const ignoresPublic = block?.ignorePublicAcls === true;
    const subject = isNewObject === true ? 'newObject' : 'bucket';
    const ofBucket = aclPolicy(bucket.acl, subject, ignoresPublic);
    if (ofBucket !== undefined) policies.push(ofBucket);
    const ofObject =
      object?.acl === undefined ? undefined : aclPolicy(object.acl, 'object', ignoresPublic);
    if (ofObject !== undefined) policies.push(ofObject);
  }
  return policies;
}

/** The bucket's policy, compiled; undefined when it has none. */
export function bucketPolicy(bucket: Bucket): CompiledBucketPolicy | undefined {
  if (bucket.policy === undefined) return undefined;
  const known = bucketPolicies.get(bucket);
  if (known !== undefined) return known;
  const parsed = parsePolicy(bucket.policy, 'resource');
  // It was checked when it was put; a policy that no longer parses must not open anything.
  if (!parsed.ok) throw new Error(`The policy of bucket ${bucket.name} cannot be read`);
  const policy = compilePolicy(parsed.document, {
    type: 'resource-based',
    id: `arn:aws:s3:::${bucket.name}`,
  });
  const compiled = { policy, isPublic: isPublicPolicy(policy) };
  bucketPolicies.set(bucket, compiled);
  return compiled;
}
