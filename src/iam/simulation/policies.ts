import { IdentityError, policyArn, type IdentityStore } from '../../identity/index.ts';
import {
  compilePolicy,
  parsePolicy,
  statementSpans,
  type CompiledPolicy,
  type PolicyKind,
  type PolicySource,
  type StatementSpan,
} from '../../policy/index.ts';
import type { Output } from '../../wire/index.ts';
import type { SimulateCustomPolicy } from '../api/simulation.ts';
import { policiesOf, type GrantingPolicy, type Subject } from '../service-access.ts';
import { isExcluded, type Exclusions } from './exclusions.ts';

type Results = NonNullable<Output<typeof SimulateCustomPolicy>['EvaluationResults']>;
export type MatchedStatements = NonNullable<Results[number]['MatchedStatements']>;
export type SourceType = NonNullable<MatchedStatements[number]['SourcePolicyType']>;

/** A policy of a simulation, and how its statements are told. */
export interface SimulatedPolicy {
  readonly policy: CompiledPolicy;
  readonly id: string;
  readonly type: SourceType;
  readonly spans: () => readonly StatementSpan[];
  /** Characters of its text. */
  readonly size: number;
}

interface PolicyText {
  readonly text: string;
  readonly id: string;
  readonly type: SourceType;
}

/** Throws InvalidInput, with the place, for a text that is no policy. */
export function simulated(
  { text, id, type }: PolicyText,
  kind: PolicyKind,
  sourceType: PolicySource['type'],
): SimulatedPolicy {
  const parsed = parsePolicy(text, kind);
  if (!parsed.ok) {
    const [finding] = parsed.findings;
    const where = finding === undefined ? '' : ` (line ${finding.line}, column ${finding.column})`;
    throw new IdentityError('InvalidInput', `${id}: ${finding?.message ?? ''}${where}`);
  }
  const policy = compilePolicy(parsed.document, { type: sourceType, id });
  let spans: readonly StatementSpan[] | undefined;
  const size = text.length;
  return { policy, id, type, size, spans: () => (spans ??= statementSpans(text)) };
}

/** Texts of a request, which are called by their place in its list. */
export function simulatedInputs(
  list: string,
  texts: readonly string[],
  sourceType: PolicySource['type'],
): readonly SimulatedPolicy[] {
  return texts.map((text, index) =>
    simulated({ text, id: `${list}.${index + 1}`, type: 'none' }, 'identity', sourceType),
  );
}

/** The policy of the resource: a role's trust policy where it names no resource. */
export function simulatedResourcePolicy(text: string): SimulatedPolicy {
  const kind =
    !parsePolicy(text, 'resource').ok && parsePolicy(text, 'trust').ok ? 'trust' : 'resource';
  const sourceType = kind === 'trust' ? 'trust' : 'resource-based';
  return simulated({ text, id: 'ResourcePolicy', type: 'resource' }, kind, sourceType);
}

/** The permissions policies of a user with its groups, of a group, or of a role. */
export async function storedPolicies(
  identity: IdentityStore,
  account: string,
  subject: Subject,
  exclusions: Exclusions,
): Promise<readonly SimulatedPolicy[]> {
  const found = await policiesOf(identity, account, subject);
  return found
    .filter((policy) => !isExcluded(policy, exclusions))
    .map((policy) =>
      simulated(
        { text: policy.text, id: policy.name, type: typeOf(policy) },
        'identity',
        'identity-based',
      ),
    );
}

function typeOf({ arn, carrier }: GrantingPolicy): SourceType {
  if (arn === undefined) return carrier?.kind ?? 'none';
  return arn.startsWith('arn:aws:iam::aws:') ? 'aws-managed' : 'user-managed';
}

/** The boundary of a user or role. */
export async function storedBoundary(
  identity: IdentityStore,
  account: string,
  subject: Subject,
  exclusions: Exclusions,
): Promise<SimulatedPolicy | undefined> {
  if (subject.kind !== 'user' && subject.kind !== 'role') return undefined;
  const { boundaryPolicyId } = subject.entity;
  if (boundaryPolicyId === undefined) return undefined;
  if (exclusions.some(({ PolicyType }) => PolicyType === 'permission-boundary')) return undefined;
  const policy = await identity.findPolicyById(account, boundaryPolicyId);
  if (policy === undefined) return undefined;
  const { name, defaultVersion } = policy;
  const arn = policyArn(policy);
  const { text } = await identity.getPolicyVersion(account, arn, defaultVersion);
  const type = typeOf({ name, text, arn });
  return simulated({ text, id: name, type }, 'identity', 'permissions boundary');
}
