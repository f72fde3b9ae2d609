/**
 * A second evaluator for the tests: a literal transcription of the rules over the JSON itself. It
 * is slow on purpose and shares no code with the real one, so that both are wrong together only
 * where the rules were misread twice.
 */
import { isIP, BlockList } from 'node:net';
import type { ContextValue, PolicyPrincipal } from '../index.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type RawStatement = { [key: string]: Json };
export interface RawPolicy {
  Version?: string;
  Statement: RawStatement | RawStatement[];
}

export interface NaiveRequest {
  principal: PolicyPrincipal;
  action: string;
  resource: string;
  resourceAccountId: string;
  context: Readonly<Record<string, ContextValue>>;
}

export interface NaivePolicies {
  identity: RawPolicy[];
  resource?: RawPolicy;
  /** Whether `resource` is a role's trust policy. */
  isTrust?: boolean;
  boundary?: RawPolicy;
  session?: RawPolicy[];
  serviceControl?: RawPolicy[][];
  resourceControl?: RawPolicy[][];
}

export type NaiveEffect = 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';

const list = (value: Json | undefined): Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const texts = (value: Json | undefined): string[] => list(value).map(String);
const statements = (policy: RawPolicy): RawStatement[] =>
  list(policy.Statement as Json) as RawStatement[];

/** One character of a pattern: itself, or a wildcard. */
type Token = { char: string } | '*' | '?';

/** Dynamic programming over code points: row i says which lengths of text the first i tokens match. */
function globMatches(tokens: Token[], text: string): boolean {
  const chars = [...text];
  let row = [true, ...chars.map(() => false)];
  for (const token of tokens) {
    const next = [token === '*' ? row[0]! : false];
    for (let i = 1; i <= chars.length; i++) {
      if (token === '*') next[i] = row[i]! || next[i - 1]!;
      else next[i] = row[i - 1]! && (token === '?' || token.char === chars[i - 1]);
    }
    row = next;
  }
  return row[chars.length]!;
}

/** Fills the variables in, character by character; undefined when one has no value. */
function tokenize(
  pattern: string,
  wildcards: boolean,
  context: NaiveRequest['context'] | undefined,
): Token[] | undefined {
  const tokens: Token[] = [];
  const rest = [...pattern];
  while (rest.length > 0) {
    const char = rest.shift()!;
    if (char === '$' && rest[0] === '{' && context !== undefined) {
      const inside = rest
        .splice(0, rest.indexOf('}') + 1)
        .slice(1, -1)
        .join('');
      const value = variableValue(inside, context);
      if (value === undefined) return undefined;
      for (const each of value) tokens.push({ char: each });
    } else if (wildcards && (char === '*' || char === '?')) {
      tokens.push(char);
    } else {
      tokens.push({ char });
    }
  }
  return tokens;
}

function variableValue(inside: string, context: NaiveRequest['context']): string | undefined {
  if (inside === '*' || inside === '?' || inside === '$') return inside;
  const comma = inside.indexOf(',');
  const key = (comma === -1 ? inside : inside.slice(0, comma)).trim().toLowerCase();
  const value = context[key];
  if (typeof value === 'string') return value;
  return comma === -1
    ? undefined
    : inside
        .slice(comma + 1)
        .trim()
        .slice(1, -1);
}

const spell = (tokens: Token[]): string =>
  tokens.map((token) => (typeof token === 'string' ? token : token.char)).join('');

/** A policy's value against a request's value, for one positive operator. */
function valueMatches(
  test: string,
  policy: string,
  request: string,
  context: NaiveRequest['context'] | undefined,
): boolean {
  switch (test) {
    case 'stringequals': {
      const tokens = tokenize(policy, false, context);
      return tokens !== undefined && spell(tokens) === request;
    }
    case 'stringequalsignorecase': {
      const tokens = tokenize(policy, false, context);
      return tokens !== undefined && spell(tokens).toLowerCase() === request.toLowerCase();
    }
    case 'stringlike': {
      const tokens = tokenize(policy, true, context);
      return tokens !== undefined && globMatches(tokens, request);
    }
    case 'arnequals':
    case 'arnlike':
      return arnMatches(policy, request, context);
    case 'bool':
      return /^(true|false)$/i.test(policy) && policy.toLowerCase() === request.toLowerCase();
    case 'binaryequals': {
      const bytes = Buffer.from(policy, 'base64').toString('base64');
      return bytes === policy && policy === request;
    }
    case 'ipaddress':
      return addressMatches(policy, request);
    default:
      return orderMatches(test, policy, request);
  }
}

function arnMatches(
  policy: string,
  request: string,
  context: NaiveRequest['context'] | undefined,
): boolean {
  const tokens = tokenize(policy, true, context);
  const actual = splitArn([...request].map((char) => ({ char })));
  if (tokens === undefined || actual === undefined) return false;
  if (policy === '*') return true;
  const expected = splitArn(tokens);
  if (expected === undefined) return false;
  return expected.every((part, index) => globMatches(part, spell(actual[index]!)));
}

function splitArn(tokens: Token[]): Token[][] | undefined {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (typeof token !== 'string' && token.char === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.length === 6 ? parts : undefined;
}

function addressMatches(policy: string, request: string): boolean {
  const unmapped = (text: string): string => text.replace(/^::ffff:(?=\d+\.)/i, '');
  const address = unmapped(request);
  const [network = '', bits] = policy.split('/');
  const family = isIP(unmapped(network));
  if (isIP(address) === 0 || family !== isIP(address)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const shift = network === unmapped(network) ? 0 : 96;
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits) - shift;
  const ranges = new BlockList();
  ranges.addSubnet(unmapped(network), length, type);
  return ranges.check(address, type);
}

function orderMatches(test: string, policy: string, request: string): boolean {
  const isDate = test.startsWith('date');
  const [a, b] = [request, policy].map((text) => (isDate ? instant(text) : decimal(text)));
  if (a === undefined || b === undefined) return false;
  switch (test.replace(/^(date|numeric)/, '')) {
    case 'equals':
      return a === b;
    case 'lessthan':
      return a < b;
    case 'lessthanequals':
      return a <= b;
    case 'greaterthan':
      return a > b;
    case 'greaterthanequals':
      return a >= b;
    default:
      throw new Error(`No operator is called ${test}`);
  }
}

const decimal = (text: string): number | undefined =>
  /^[+-]?\d+(\.\d+)?$/.test(text) ? Number.parseFloat(text) : undefined;

function instant(text: string): number | undefined {
  if (/^-?\d{5,}(\.\d+)?$/.test(text) || /^-?\d{1,3}$/.test(text)) return Number(text) * 1000;
  const ms = Date.parse(/T\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : ms;
}

function conditionHolds(
  name: string,
  key: string,
  policyValues: string[],
  request: NaiveRequest,
  variables: boolean,
): boolean {
  const found = request.context[key.toLowerCase()];
  const value = Array.isArray(found) && found.length === 0 ? undefined : found;
  let operator = name.toLowerCase();
  if (operator === 'null') {
    const missing = String(value === undefined);
    return policyValues.some((wanted) => wanted.toLowerCase() === missing);
  }
  const all = operator.startsWith('forallvalues:');
  const any = operator.startsWith('foranyvalue:');
  operator = operator.slice(operator.indexOf(':') + 1);
  const ifExists = operator.endsWith('ifexists');
  if (ifExists) operator = operator.slice(0, -'ifexists'.length);
  const negated = operator.includes('not');
  operator = operator.replace('not', '');
  if (value === undefined) {
    if (ifExists || all) return true;
    return any ? false : negated;
  }
  const requestValues: readonly string[] = typeof value === 'string' ? [value] : value;
  const context = variables ? request.context : undefined;
  const matchesAny = (each: string): boolean =>
    policyValues.some((wanted) => valueMatches(operator, wanted, each, context));
  if (!all && !any) {
    const matched = requestValues.some(matchesAny);
    return negated ? !matched : matched;
  }
  if (requestValues.every((each) => each === '')) return all;
  const holds = (each: string): boolean => (negated ? !matchesAny(each) : matchesAny(each));
  return all ? requestValues.every(holds) : requestValues.some(holds);
}

/** The names by which a principal may be called, from the widest to the narrowest. */
function chainOf(principal: PolicyPrincipal): {
  account?: string[];
  role?: string[];
  self: string[];
} {
  switch (principal.kind) {
    case 'anonymous':
      return { self: [] };
    case 'service':
      return { self: [`Service ${principal.service}`, 'Service *'] };
    default:
  }
  const account = [
    `AWS ${principal.accountId}`,
    `AWS arn:aws:iam::${principal.accountId}:root`,
    `CanonicalUser ${principal.canonicalUserId}`,
  ];
  const self = [`AWS ${principal.arn}`, `AWS ${principal.userId}`];
  if (principal.kind === 'root') return { self: account };
  if (principal.kind === 'assumed-role') {
    return { account, role: [`AWS ${principal.roleArn}`, `AWS ${principal.roleId}`], self };
  }
  if (principal.kind !== 'federated-user') return { account, self };
  const role = [`AWS ${principal.userArn}`, `AWS ${principal.callerUserId}`];
  return { account, role, self };
}

type Reach = 'none' | 'account' | 'role' | 'direct';

function principalReach(
  statement: RawStatement,
  request: NaiveRequest,
  hasBoundary: boolean,
): Reach {
  const negated = 'NotPrincipal' in statement;
  const element = negated ? statement['NotPrincipal'] : statement['Principal'];
  if (element === undefined) return 'none';
  const names =
    typeof element === 'string'
      ? [`AWS ${element}`]
      : Object.entries(element as { [key: string]: Json }).flatMap(([type, values]) =>
          texts(values).map((value) => `${type} ${value}`),
        );
  const listed = (known: string[] | undefined): boolean =>
    known !== undefined && known.some((name) => names.includes(name));
  const chain = chainOf(request.principal);
  const provider = request.context['aws:federatedprovider'];
  let reach: Reach = 'none';
  if (listed(chain.account)) reach = 'account';
  if (listed(chain.role)) reach = 'role';
  if (listed(chain.self) || names.includes('AWS *')) reach = 'direct';
  if (typeof provider === 'string' && names.includes(`Federated ${provider}`)) reach = 'direct';
  if (!negated) return reach;
  if (statement['Effect'] === 'Allow') return reach === 'none' ? 'direct' : 'none';
  if (names.includes('AWS *')) return 'none';
  if (hasBoundary) return 'direct';
  const isProvider = typeof provider === 'string' && names.includes(`Federated ${provider}`);
  const allListed = [chain.account, chain.role, chain.self].every(
    (level) => level === undefined || listed(level),
  );
  return allListed || isProvider ? 'none' : 'direct';
}

function statementReach(
  policy: RawPolicy,
  statement: RawStatement,
  request: NaiveRequest,
  namesPrincipals: boolean,
  hasBoundary: boolean,
): Reach {
  const variables = policy.Version === '2012-10-17';
  const actionListed = texts(statement['Action'] ?? statement['NotAction']).some((pattern) =>
    globMatches(tokenize(pattern.toLowerCase(), true, undefined)!, request.action.toLowerCase()),
  );
  if (actionListed === 'NotAction' in statement) return 'none';
  const service = request.action.split(':')[0]!.toLowerCase();
  const resource = request.resource === '*' ? `arn:aws:${service}:::*` : request.resource;
  const resources = statement['Resource'] ?? statement['NotResource'];
  if (resources !== undefined) {
    const resourceListed = texts(resources).some((pattern) => {
      const tokens = tokenize(pattern, true, variables ? request.context : undefined);
      return tokens !== undefined && globMatches(tokens, resource);
    });
    if (resourceListed === 'NotResource' in statement) return 'none';
  }
  const block = (statement['Condition'] ?? {}) as { [name: string]: { [key: string]: Json } };
  for (const [name, keys] of Object.entries(block)) {
    for (const [key, values] of Object.entries(keys)) {
      if (!conditionHolds(name, key, texts(values), request, variables)) return 'none';
    }
  }
  if (!namesPrincipals && statement['Principal'] === undefined) return 'direct';
  return principalReach(statement, request, hasBoundary);
}

function reaches(
  policy: RawPolicy,
  effect: 'Allow' | 'Deny',
  request: NaiveRequest,
  namesPrincipals: boolean,
  hasBoundary: boolean,
): Reach[] {
  return statements(policy)
    .filter((statement) => statement['Effect'] === effect)
    .map((each) => statementReach(policy, each, request, namesPrincipals, hasBoundary))
    .filter((reach) => reach !== 'none');
}

/** Decides as the evaluation rules say, step by step, every step in full. */
export function naiveEvaluate(request: NaiveRequest, policies: NaivePolicies): NaiveEffect {
  const { principal } = request;
  const hasIdentity = principal.kind !== 'anonymous' && principal.kind !== 'service';
  const { identity, resource, boundary } = policies;
  const session = policies.session ?? [];
  const own = hasIdentity ? [...identity, ...(boundary ? [boundary] : []), ...session] : [];
  const control = hasIdentity ? (policies.serviceControl ?? []) : [];
  const guards = policies.resourceControl ?? [];
  const bounded = boundary !== undefined;
  const says = (effect: 'Allow' | 'Deny', policy: RawPolicy): boolean =>
    reaches(policy, effect, request, false, bounded).length > 0;
  const resourceSays = (effect: 'Allow' | 'Deny'): Reach[] =>
    resource === undefined ? [] : reaches(resource, effect, request, true, bounded);

  const denied = [...own, ...control.flat(), ...guards.flat()].some((each) => says('Deny', each));
  if (denied || resourceSays('Deny').length > 0) return 'ExplicitDeny';

  const levelAllows = (level: RawPolicy[]): boolean => level.some((each) => says('Allow', each));
  if (!guards.every(levelAllows) || !control.every(levelAllows)) return 'ImplicitDeny';

  const grants = resourceSays('Allow');
  if (!hasIdentity) return grants.length > 0 ? 'Allow' : 'ImplicitDeny';
  const same = principal.accountId === request.resourceAccountId;
  if (same && grants.includes('direct') && principal.kind !== 'root') return 'Allow';
  if ((!same || policies.isTrust === true) && grants.length === 0) return 'ImplicitDeny';

  const isRoot =
    principal.kind === 'root' ||
    (principal.kind === 'federated-user' && principal.userArn.endsWith(':root'));
  const identityAllows =
    isRoot || (same && grants.includes('role')) || identity.some((each) => says('Allow', each));
  const boundaryAllows = boundary === undefined || says('Allow', boundary);
  const sessionAllows =
    session.length === 0
      ? principal.kind !== 'federated-user'
      : session.some((each) => says('Allow', each));
  return identityAllows && boundaryAllows && sessionAllows ? 'Allow' : 'ImplicitDeny';
}
