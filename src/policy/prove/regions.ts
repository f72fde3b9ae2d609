import { joinPolicies, withoutAllows } from '../combine.ts';
import type { CompiledPolicy } from '../compile.ts';
import { ANY, type Pattern, RUN, allBut, literal } from './automaton.ts';
import type { ActionSubject } from './actions.ts';
import type { Estate, EstateBucket } from './estate.ts';
import type { Bounds } from './key-values.ts';
import type { Subject } from './subject.ts';

/** Resources that belong together: one policy is on all of them, and the same actions. */
export interface Region {
  readonly subject: ActionSubject;
  readonly resourceAccountId: string;
  /** How each of the resources begins. */
  readonly prefix: string;
  /** Which texts are its resources. Made only for regions that are looked at. */
  readonly bounds: () => Bounds;
  readonly resource: CompiledPolicy | undefined;
  readonly bucket?: EstateBucket;
  /** Asked as `*`; the prefix then is what patterns see instead. */
  readonly isAccount: boolean;
}

const SLASH = '/'.charCodeAt(0);
const SOME: Pattern = [ANY, RUN];
const BUCKETS = 'arn:aws:s3:::';
/** "Bucket naming rules": three characters at least. */
const NAME_LENGTH_MIN = 3;
const BUCKET_NAME: Pattern = [
  ...Array.from({ length: NAME_LENGTH_MIN }, () => allBut(SLASH, false)),
  allBut(SLASH, true),
];

/** The resources on which a principal of the account may try actions on such subjects. */
export function regionsOf(
  estate: Estate,
  who: Subject,
  subject: ActionSubject,
  service: string,
): readonly Region[] {
  const { accountId } = who;
  const base = { subject, resource: undefined, isAccount: false };
  switch (subject) {
    case 'bucket':
    case 'object':
      return bucketRegions(estate, accountId, subject);
    case 'new bucket':
      return accountId === undefined ? [] : [unmade(estate, accountId, subject)];
    case 'assumed role':
      return estate.roles.map(({ arn, accountId: resourceAccountId, trust }) => {
        return { ...base, resourceAccountId, ...exactly(arn), resource: trust };
      });
    case 'account':
      if (accountId === undefined) return [];
      return [
        {
          ...base,
          resourceAccountId: accountId,
          ...exactly(`arn:aws:${service}:::*`),
          isAccount: true,
        },
      ];
    default:
      return accountId === undefined ? [] : entityRegions(who, accountId, subject);
  }
}

/** What IAM keeps of the caller's account, and AWS's policies, which are everybody's. */
function entityRegions(
  { kind }: Subject,
  accountId: string,
  subject: ActionSubject,
): readonly Region[] {
  const base = { subject, resource: undefined, isAccount: false, resourceAccountId: accountId };
  const service = subject === 'federated-user' ? 'sts' : 'iam';
  const own = { ...base, ...beginning(`arn:aws:${service}::${accountId}:${subject}/`) };
  if (subject === 'policy') return [own, { ...base, ...beginning('arn:aws:iam::aws:policy/') }];
  // Who is root and names no user means himself.
  if (subject === 'user' && kind === 'root') {
    return [own, { ...base, ...exactly(`arn:aws:iam::${accountId}:root`) }];
  }
  return [own];
}

type Extent = Pick<Region, 'prefix' | 'bounds'>;

function exactly(text: string): Extent {
  return { prefix: text, bounds: () => ({ required: [literal(text)], forbidden: [] }) };
}

/** Everything that goes on after the prefix; listings of IAM are asked on the bare path. */
function beginning(prefix: string, rest: Pattern = [RUN]): Extent {
  return { prefix, bounds: () => ({ required: [[...literal(prefix), ...rest]], forbidden: [] }) };
}

function bucketRegions(
  estate: Estate,
  accountId: string | undefined,
  subject: 'bucket' | 'object',
): readonly Region[] {
  const isObject = subject === 'object';
  const base = { subject, isAccount: false };
  const regions = estate.buckets.map((bucket): Region => ({
    ...base,
    resourceAccountId: bucket.owner,
    ...(isObject
      ? beginning(`${BUCKETS}${bucket.name}/`, SOME)
      : exactly(`${BUCKETS}${bucket.name}`)),
    resource: bucketPolicies(bucket, accountId),
    bucket,
  }));
  if (accountId === undefined) return regions;
  return [...regions, unmade(estate, accountId, subject)];
}

/** Buckets that do not exist yet belong to whoever makes them, and have no policy. */
function unmade(
  { buckets }: Estate,
  resourceAccountId: string,
  subject: 'bucket' | 'new bucket' | 'object',
): Region {
  const isObject = subject === 'object';
  const rest = isObject ? [...literal('/'), ...SOME] : [];
  return {
    subject,
    isAccount: false,
    resourceAccountId,
    prefix: BUCKETS,
    bounds: () => ({
      required: [[...literal(BUCKETS), ...BUCKET_NAME, ...rest]],
      forbidden: buckets.map(({ name }) => [
        ...literal(`${BUCKETS}${name}`),
        ...(isObject ? [...literal('/'), RUN] : []),
      ]),
    }),
    resource: undefined,
  };
}

/** The bucket's policy and ACL, as they concern callers of the account. */
function bucketPolicies(
  { policy, acl, owner, isRestricted }: EstateBucket,
  accountId: string | undefined,
): CompiledPolicy | undefined {
  const isShut = isRestricted && accountId !== owner;
  const kept = policy === undefined || !isShut ? policy : withoutAllows(policy);
  return joinPolicies([kept, acl].filter((each) => each !== undefined));
}
