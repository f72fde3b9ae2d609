import { IdentityError, roleArn, userArn, type IdentityStore } from '../../identity/index.ts';
import { contextKeys, simulatedPrincipal, type PolicyPrincipal } from '../../policy/index.ts';
import type * as api from '../api/simulation.ts';
import type { IamHandler } from '../handler.ts';
import { findSubject, type Subject } from '../service-access.ts';
import { tagContext, type SimulatedContext } from '../simulation/context.ts';
import { checkExclusions } from '../simulation/exclusions.ts';
import {
  simulatedInputs,
  storedBoundary,
  storedPolicies,
  type SimulatedPolicy,
} from '../simulation/policies.ts';
import { callerOf, runSimulation } from '../simulation/run.ts';

/** The policies of the request alone, for a user who is made up unless CallerArn names one. */
export const simulateCustomPolicy: IamHandler<typeof api.SimulateCustomPolicy> = async (
  input,
  { account, clock },
) => {
  const { PolicyInputList, CallerArn } = input;
  return runSimulation(input, {
    identity: simulatedInputs('PolicyInputList', PolicyInputList, 'identity-based'),
    boundary: undefined,
    principal: CallerArn === undefined ? madeUp(account) : callerOf(CallerArn),
    isMadeUp: CallerArn === undefined,
    context: {},
    nowMs: clock.nowMs(),
  });
};

/** What is stored of a user, group or role, and the policies of the request beside it. */
export const simulatePrincipalPolicy: IamHandler<typeof api.SimulatePrincipalPolicy> = async (
  input,
  { identity, account, clock },
) => {
  const { PolicySourceArn, PolicyInputList = [], PolicyExclusionList = [], CallerArn } = input;
  checkExclusions(PolicyExclusionList);
  const subject = await policySource(identity, account, PolicySourceArn);
  const { principal, isMadeUp, context } = await actorOf(identity, account, subject);
  return runSimulation(input, {
    identity: [
      ...(await storedPolicies(identity, account, subject, PolicyExclusionList)),
      ...simulatedInputs('PolicyInputList', PolicyInputList, 'identity-based'),
    ],
    boundary: await storedBoundary(identity, account, subject, PolicyExclusionList),
    principal: CallerArn === undefined ? principal : callerOf(CallerArn),
    isMadeUp: CallerArn === undefined && isMadeUp,
    context: CallerArn === undefined ? context : {},
    nowMs: clock.nowMs(),
  });
};

export const getContextKeysForCustomPolicy: IamHandler<
  typeof api.GetContextKeysForCustomPolicy
> = async ({ PolicyInputList }) => ({
  ContextKeyNames: keysOf(simulatedInputs('PolicyInputList', PolicyInputList, 'identity-based')),
});

export const getContextKeysForPrincipalPolicy: IamHandler<
  typeof api.GetContextKeysForPrincipalPolicy
> = async ({ PolicySourceArn, PolicyInputList = [] }, { identity, account }) => {
  const subject = await policySource(identity, account, PolicySourceArn);
  const stored = await storedPolicies(identity, account, subject, []);
  const boundary = await storedBoundary(identity, account, subject, []);
  const given = simulatedInputs('PolicyInputList', PolicyInputList, 'identity-based');
  return { ContextKeyNames: keysOf([...stored, ...(boundary ? [boundary] : []), ...given]) };
};

/** The keys of all policies, each once whatever its case. */
function keysOf(policies: readonly SimulatedPolicy[]): string[] {
  const keys = policies.flatMap(({ policy }) => contextKeys(policy.document));
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
}

async function policySource(
  identity: IdentityStore,
  account: string,
  arn: string,
): Promise<Exclude<Subject, { kind: 'policy' }>> {
  const subject = await findSubject(identity, account, arn);
  if (subject.kind !== 'policy') return subject;
  throw new IdentityError('InvalidInput', `PolicySourceArn ${arn} is no user, group or role.`);
}

interface SimulatedActor {
  readonly principal: PolicyPrincipal;
  readonly isMadeUp: boolean;
  readonly context: SimulatedContext;
}

/** Who acts under the policies of a subject: of a group, one who is made up. */
async function actorOf(
  identity: IdentityStore,
  account: string,
  subject: Exclude<Subject, { kind: 'policy' }>,
): Promise<SimulatedActor> {
  if (subject.kind === 'group') {
    return { principal: madeUp(account), isMadeUp: true, context: {} };
  }
  const { entity, kind } = subject;
  const context = tagContext(entity.tags);
  if (kind === 'user') {
    const found = await identity.resolvePrincipalArn(userArn(entity));
    const principal = found?.policyPrincipal ?? callerOf(userArn(entity));
    return { principal, isMadeUp: false, context };
  }
  const session = callerOf(roleArn(entity));
  const roleId = entity.id;
  const principal: PolicyPrincipal =
    session.kind === 'assumed-role'
      ? { ...session, roleId, userId: session.userId.replace(session.roleId, roleId) }
      : session;
  return { principal, isMadeUp: false, context };
}

/** A user of the account whom no policy names. */
function madeUp(account: string): PolicyPrincipal {
  const principal = simulatedPrincipal(`arn:aws:iam::${account}:user/simulated`);
  return principal ?? { kind: 'anonymous' };
}
