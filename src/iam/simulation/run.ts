import { IdentityError } from '../../identity/index.ts';
import {
  adviceOnAction,
  isUnknownAction,
  principalContext,
  simulate,
  simulatedPrincipal,
  verdictOf,
  type AccessRequest,
  type ApplicablePolicies,
  type CompiledPolicy,
  type Decision,
  type PolicyPrincipal,
  type Simulation,
} from '../../policy/index.ts';
import type { Input, Output } from '../../wire/index.ts';
import type { SimulateCustomPolicy } from '../api/simulation.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { readEntries, timeContext, type SimulatedContext } from './context.ts';
import type { MatchedStatements, SimulatedPolicy } from './policies.ts';
import { simulatedInputs, simulatedResourcePolicy } from './policies.ts';

type Answer = Output<typeof SimulateCustomPolicy>;
type Result = NonNullable<Answer['EvaluationResults']>[number];

/** What both simulations take. */
export type SimulationInput = Omit<Input<typeof SimulateCustomPolicy>, 'PolicyInputList'>;

/** Whose policies are simulated, and who asks. */
export interface Simulated {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly principal: PolicyPrincipal;
  /** Whether who asks is made up, so that no policy can name him. */
  readonly isMadeUp: boolean;
  readonly context: SimulatedContext;
  readonly nowMs: number;
}

/**
 * Characters of policies that one page may ask, result by result, and entries of lists that it may
 * tell: a page ends early where policies are large or nearly all of their statements match.
 */
const CHARACTERS_MAX = 20_000_000;
const ENTRIES_MAX = 10_000;

/** Decides every action on every resource, as far as the page goes. */
export function runSimulation(input: SimulationInput, subject: Simulated): Answer {
  const { ActionNames, ResourceArns = ['*'] } = input;
  for (const action of ActionNames) checkAction(action);
  const house = furnish(input, subject);
  const resources = ResourceArns.length === 0 ? ['*'] : ResourceArns;
  const total = ActionNames.length * resources.length;
  const { after, limit } = pageRequest(input);
  const start = after === undefined ? 0 : startOf(after);
  const most = Math.max(1, Math.floor(CHARACTERS_MAX / (house.size + 1)));
  const end = Math.min(start + Math.min(limit, most), total);
  const EvaluationResults: Result[] = [];
  let index = start;
  for (let entries = 0; index < end && entries < ENTRIES_MAX; index++) {
    const action = ActionNames[Math.floor(index / resources.length)] ?? '';
    const resource = resources[index % resources.length] ?? '*';
    const result = resultOf(action, resource, house, input.ResourceArns !== undefined);
    const { MatchedStatements = [], MissingContextValues = [] } = result;
    entries += MatchedStatements.length + MissingContextValues.length;
    EvaluationResults.push(result);
  }
  return { EvaluationResults, ...pageAnswer({ next: index < total ? String(index) : undefined }) };
}

function startOf(marker: string): number {
  if (!/^\d{1,9}$/.test(marker)) throw new IdentityError('ValidationError', 'Invalid Marker.');
  return Number(marker);
}

const ACTION = /^[A-Za-z0-9-]+:[A-Za-z0-9]+$/;

function checkAction(action: string): void {
  if (!ACTION.test(action)) {
    throw new IdentityError('InvalidInput', `Action ${action} is not valid.`);
  }
  if (isUnknownAction(action)) {
    throw new IdentityError('InvalidInput', adviceOnAction(action).message);
  }
}

/** Everything that is the same for each action and resource. */
interface House {
  readonly policies: ApplicablePolicies;
  readonly told: ReadonlyMap<CompiledPolicy, SimulatedPolicy>;
  /** Characters of all policies. */
  readonly size: number;
  readonly principal: PolicyPrincipal;
  readonly context: SimulatedContext;
  readonly owner: string | undefined;
  readonly account: string;
}

function furnish(input: SimulationInput, subject: Simulated): House {
  const { ResourcePolicy, ResourceOwner, ContextEntries = [] } = input;
  const { identity, principal } = subject;
  if (ResourcePolicy !== undefined && subject.isMadeUp) {
    throw new IdentityError('InvalidInput', 'CallerArn is required with ResourcePolicy.');
  }
  const resource =
    ResourcePolicy === undefined ? undefined : simulatedResourcePolicy(ResourcePolicy);
  const boundary = givenBoundary(input) ?? subject.boundary;
  const organization = (input.OrderedOrganizationPolicyInputList ?? []).map(
    ({ ServiceControlPolicyInputList = [] }, level) =>
      simulatedInputs(
        `OrderedOrganizationPolicyInputList.${level + 1}`,
        ServiceControlPolicyInputList,
        'service control',
      ),
  );
  const all = [...identity, ...organization.flat(), resource, boundary].filter(
    (each) => each !== undefined,
  );
  return {
    policies: {
      identity: compiled(identity),
      ...(resource && { resource: resource.policy }),
      ...(boundary && { boundary: boundary.policy }),
      ...(organization.length > 0 && { serviceControl: organization.map(compiled) }),
    },
    told: new Map(all.map((each) => [each.policy, each])),
    size: all.reduce((sum, { size }) => sum + size, 0),
    principal,
    context: {
      ...timeContext(subject.nowMs),
      ...principalContext(principal),
      ...subject.context,
      ...readEntries(ContextEntries),
    },
    owner: ResourceOwner === undefined ? undefined : accountOf(ResourceOwner),
    account: 'accountId' in principal ? principal.accountId : '',
  };
}

function compiled(policies: readonly SimulatedPolicy[]): readonly CompiledPolicy[] {
  return policies.map(({ policy }) => policy);
}

function givenBoundary({
  PermissionsBoundaryPolicyInputList: texts = [],
}: SimulationInput): SimulatedPolicy | undefined {
  if (texts.length > 1) {
    const message = 'Only one permissions boundary policy can be simulated at a time.';
    throw new IdentityError('InvalidInput', message);
  }
  const list = 'PermissionsBoundaryPolicyInputList';
  return simulatedInputs(list, texts, 'permissions boundary')[0];
}

/** The account that an ARN or twelve digits name. */
function accountOf(owner: string): string {
  const found = /^(?:arn:aws:iam::)?(\d{12})(?::.*)?$/.exec(owner)?.[1];
  if (found === undefined) {
    throw new IdentityError('InvalidInput', `ResourceOwner ${owner} names no account.`);
  }
  return found;
}

/** Who an ARN of the request names. Throws InvalidInput for what can ask for nothing. */
export function callerOf(arn: string): PolicyPrincipal {
  const principal = simulatedPrincipal(arn);
  if (principal === undefined) {
    throw new IdentityError('InvalidInput', `CallerArn ${arn} names nobody who could ask.`);
  }
  return principal;
}

function resultOf(action: string, resource: string, house: House, isSpecific: boolean): Result {
  const { policies, principal, account } = house;
  const named = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1];
  const resourceAccountId = named ?? house.owner ?? account;
  const context: SimulatedContext = {
    'aws:resourceaccount': resourceAccountId,
    's3:resourceaccount': resourceAccountId,
    ...house.context,
  };
  const request: AccessRequest = {
    principal,
    action,
    resource,
    resourceAccountId,
    context: (key) => context[key],
  };
  const simulation = simulate(request, policies);
  const decision = DECISIONS[simulation.decision.effect];
  const isAcross = resourceAccountId !== account;
  const details = {
    MatchedStatements: statementsOf(simulation, house),
    MissingContextValues: [...simulation.missingKeys],
    ...(isSpecific ? { EvalDecisionDetails: isAcross ? sidesOf(request, policies) : {} } : {}),
    ...(policies.boundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: allows([policies.boundary], request, true),
      },
    }),
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    ...details,
    ...(policies.serviceControl && {
      OrganizationsDecisionDetail: {
        AllowedByOrganizations: policies.serviceControl.every((level) =>
          allows(level, request, policies.boundary !== undefined),
        ),
      },
    }),
    ...(isSpecific
      ? {
          ResourceSpecificResults: [
            { EvalResourceName: resource, EvalResourceDecision: decision, ...details },
          ],
        }
      : {}),
  };
}

const DECISIONS = {
  Allow: 'allowed',
  ExplicitDeny: 'explicitDeny',
  ImplicitDeny: 'implicitDeny',
} as const satisfies Record<Decision['effect'], string>;

function allows(
  policies: readonly CompiledPolicy[],
  request: AccessRequest,
  hasBoundary: boolean,
): boolean {
  return verdictOf(policies, request, hasBoundary) === 'Allow';
}

/** What each side says, where who asks and the resource are of two accounts. */
function sidesOf(request: AccessRequest, { identity, resource, boundary }: ApplicablePolicies) {
  const hasBoundary = boundary !== undefined;
  const verdict = (policies: readonly CompiledPolicy[]) =>
    DECISIONS[verdictOf(policies, request, hasBoundary)];
  return {
    'IAM Policy': verdict(identity),
    'Resource Policy': verdict(resource === undefined ? [] : [resource]),
  };
}

function statementsOf({ matched }: Simulation, { told }: House): MatchedStatements {
  return matched.flatMap(({ policy, index }) => {
    const source = told.get(policy);
    const span = source?.spans()[index];
    if (source === undefined || span === undefined) return [];
    return {
      SourcePolicyId: source.id,
      SourcePolicyType: source.type,
      StartPosition: { Line: span.start.line, Column: span.start.column },
      EndPosition: { Line: span.end.line, Column: span.end.column },
    };
  });
}
