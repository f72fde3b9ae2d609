import { principalOf, type Caller } from '../access/index.ts';
import { parseIamArn, roleArn, type AssumableRole } from '../identity/index.ts';
import { compilePolicy } from '../policy/index.ts';
import type { Input, QueryOperation } from '../wire/index.ts';
import * as api from './api/index.ts';
import { StsError } from './errors.ts';
import type { StsTarget, StsTools } from './handler.ts';
import { refuseUncallable } from './sessions/callable.ts';
import { sessionContext } from './sessions/context.ts';
import { proveSecondFactor } from './sessions/second-factor.ts';
import { chooseSourceIdentity, chooseTags, type TagsInput } from './sessions/tags.ts';

/** A role that is not there trusts nobody, and is not told apart from one that does not. */
const TRUSTS_NOBODY = compilePolicy(
  { version: '2012-10-17', statements: [] },
  { type: 'trust', id: 'absent' },
);

/** What an operation is on, and what decides about it beside the caller's own policies. */
export async function findTarget(
  tools: StsTools,
  operation: QueryOperation,
  input: unknown,
  caller: Caller,
): Promise<StsTarget> {
  if (operation === api.AssumeRoleWithWebIdentity) {
    return webIdentityTarget(tools, input as Input<typeof api.AssumeRoleWithWebIdentity>);
  }
  const principal = principalOf(caller);
  refuseUncallable(operation.action, principal);
  if (operation === api.AssumeRole) {
    return assumeRoleTarget(tools, input as Input<typeof api.AssumeRole>, caller);
  }
  const { accountId } = principal;
  const given = input as TagsInput & { readonly DurationSeconds?: number };
  const tags = chooseTags(undefined, given);
  return {
    resources: [operation.on?.(input as never, accountId) ?? '*'],
    resourceAccount: accountId,
    context: sessionContext({ input: given, requestTags: tags.tags, sourceIdentity: undefined }),
    found: { tags, sourceIdentity: undefined },
  };
}

async function assumeRoleTarget(
  tools: StsTools,
  input: Input<typeof api.AssumeRole>,
  caller: Caller,
): Promise<StsTarget> {
  const principal = principalOf(caller);
  const { session } = principal;
  if (input.ProvidedContexts !== undefined && input.ProvidedContexts.length > 0) {
    throw new StsError('ValidationError', 'ProvidedContexts is not supported.');
  }
  const wanted = await findRole(tools, input.RoleArn);
  const tags = chooseTags(session, input);
  const sourceIdentity = chooseSourceIdentity(session, input.SourceIdentity);
  const mfaAtMs = await proveSecondFactor(tools, principal, input);
  return {
    ...ofRole(wanted, input.RoleArn),
    context: sessionContext({
      input,
      requestTags: chooseTags(undefined, input).tags,
      sourceIdentity,
      role: wanted.found?.role,
      hasSecondFactor: mfaAtMs !== undefined,
    }),
    // Whoever passes on what he was given needs the same rights as whoever gives it.
    alsoAllows: [
      ...(tags.hasInherited ? ['sts:TagSession'] : []),
      ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
    ],
    found: { role: wanted.found?.role, tags, sourceIdentity },
  };
}

async function webIdentityTarget(
  tools: StsTools,
  input: Input<typeof api.AssumeRoleWithWebIdentity>,
): Promise<StsTarget> {
  if (input.ProviderId !== undefined) {
    // Of the providers that are known by name alone, with tokens that are no JWT.
    throw new StsError('InvalidParameterValue', `${input.ProviderId} is not supported.`);
  }
  const wanted = await findRole(tools, input.RoleArn);
  const token = await tools.openId.verify(input.WebIdentityToken, wanted.account);
  const { sourceIdentity, providerArn, issuer } = token;
  const tagsInput = {
    Tags: token.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    TransitiveTagKeys: token.transitiveTagKeys,
  };
  const tags = chooseTags(undefined, tagsInput);
  const own = sessionContext({
    input: { ...input, TransitiveTagKeys: token.transitiveTagKeys },
    requestTags: tags.tags,
    sourceIdentity,
    role: wanted.found?.role,
  });
  const prefix = `${issuer.toLowerCase()}:`;
  const claims = new Map(
    Object.entries(token.values).map(([name, value]) => [prefix + name, value]),
  );
  return {
    ...ofRole(wanted, input.RoleArn),
    context: (key) => {
      if (key === 'aws:federatedprovider') return providerArn;
      // An issuer may be called as a service is; what it claims is never what the service says.
      return OF_SERVICES.test(key) ? own(key) : claims.get(key);
    },
    alsoAllows: [
      ...(tags.tags.length > 0 ? ['sts:TagSession'] : []),
      ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
    ],
    found: { role: wanted.found?.role, tags, sourceIdentity, token },
  };
}

const OF_SERVICES = /^(?:aws|coffer|iam|s3|sts):/;

interface WantedRole {
  /** That the ARN names. */
  readonly account: string;
  readonly found: AssumableRole | undefined;
}

async function findRole({ identity }: StsTools, arn: string): Promise<WantedRole> {
  const parsed = parseIamArn(arn);
  if (parsed?.kind !== 'role') throw new StsError('ValidationError', `${arn} is invalid`);
  const found = await identity.findAssumableRole(parsed.account, parsed.name);
  const isMeant = found !== undefined && roleArn(found.role) === arn;
  return { account: parsed.account, found: isMeant ? found : undefined };
}

function ofRole({ account, found }: WantedRole, arn: string) {
  return {
    resources: [arn],
    resourceAccount: account,
    resourcePolicy: found?.trustPolicy ?? TRUSTS_NOBODY,
  };
}
