import type { PolicySource } from '../document.ts';
import { principalName } from '../principal.ts';
import type { ContextValue } from '../request.ts';
import type {
  ExplainedCondition,
  ExplainedElement,
  ExplainedPolicy,
  ExplainedStatement,
  Explanation,
  MissingGrant,
  NearMiss,
  StatementName,
} from './explanation.ts';

/**
 * An explanation in sentences for people: the decision, why, and what would change it. One
 * sentence a line; lines that belong to the one above begin with two spaces.
 */
export function describeExplanation(explanation: Explanation): readonly string[] {
  const { request, decision, denials, missing } = explanation;
  const who = principalName(request.principal);
  const what = `${request.action} on ${request.resource}`;
  const verdict = decision.effect === 'Allow' ? 'Allowed' : 'Denied';
  return [
    `${verdict}: ${who} asks for ${what}.`,
    describeReason(explanation),
    ...denials.flatMap((denial) => describeDenial(denial, explanation)),
    ...missing.flatMap(describeGrant),
  ];
}

function describeReason({ decision, denials }: Explanation): string {
  const { effect, by, lacking, error } = decision;
  if (error !== undefined) return `It could not be decided, which denies: ${error}`;
  if (effect === 'Allow') {
    return by === undefined
      ? 'The root user may do in its own account whatever no policy denies.'
      : `${capital(nameOf(by))} allows it.`;
  }
  if (effect === 'ExplicitDeny') {
    return denials.length === 1
      ? 'A Deny statement applies, and a Deny is final.'
      : `${denials.length} Deny statements apply, and a Deny is final.`;
  }
  return `No ${kindOf(lacking)} allows it.`;
}

function describeDenial(denial: StatementName, { policies }: Explanation): string[] {
  const statement = statementOf(denial, policies);
  const conditions = statement?.conditions ?? [];
  return [
    `Change ${nameOf(denial)}, which denies it.`,
    ...conditions.map((condition) => `  It applies because ${describeCondition(condition)}.`),
  ];
}

function statementOf(
  { source, statementIndex }: StatementName,
  policies: readonly ExplainedPolicy[],
): ExplainedStatement | undefined {
  const policy = policies.find(
    ({ source: { type, id } }) => type === source.type && id === source.id,
  );
  return policy?.statements.find(({ index }) => index === statementIndex);
}

function describeGrant({ type, level, whose, statement, near }: MissingGrant): string[] {
  const { Action, Resource, Principal } = statement;
  const on = Resource === undefined ? '' : ` on ${Resource}`;
  const to = Principal === undefined ? '' : ` to ${grantee(Principal)}`;
  const where = level === undefined ? '' : ` at level ${level + 1} of the organization`;
  return [
    `Missing: allow ${Action}${on}${to} in ${withArticle(kindOf(type))}${where} of ${subjectOf(whose)}.`,
    ...near.map((miss) => `  ${capital(nameOf(miss))} allows it ${describeMiss(miss)}.`),
  ];
}

function grantee(principal: NonNullable<MissingGrant['statement']['Principal']>): string {
  return typeof principal === 'string' ? 'everybody' : Object.values(principal).join(', ');
}

function describeMiss({ element, condition }: NearMiss): string {
  if (condition !== undefined) return `but for a condition: ${describeCondition(condition)}`;
  if (element === undefined) return 'but is set aside here';
  return `but for its ${element.name}: ${describeElement(element)}`;
}

function describeElement({ name, asked, values, omitted }: ExplainedElement): string {
  const listed = listOf(values.map(shownValue), omitted);
  return name.startsWith('Not') ? `${asked} is among ${listed}` : `${asked} is not ${listed}`;
}

/** What the request has, and what the policy asks for. */
function describeCondition({ operator, key, asked, values, omitted }: ExplainedCondition): string {
  const has = asked === null ? `the request has no ${key}` : `${key} is ${shownContext(asked)}`;
  return `${has}, held against ${operator} ${listOf(values.map(shownValue), omitted)}`;
}

/** Every policy and statement that was asked, and what each of its elements answered. */
export function describePolicies({ policies }: Explanation): readonly string[] {
  return policies.flatMap(({ source, level, statementCount, statements }) => {
    const where = level === undefined ? '' : `, level ${level + 1}`;
    const left = statementCount - statements.length;
    return [
      `${capital(kindOf(source.type))} ${source.id}${where}`,
      ...statements.flatMap(describeStatement),
      ...(left === 0 ? [] : [`  ${left} more ${left === 1 ? 'statement' : 'statements'}`]),
    ];
  });
}

function describeStatement(statement: ExplainedStatement): string[] {
  const { index, sid, effect, applies, isSetAside, conditions } = statement;
  const { principal, action, resource } = statement;
  const fate = applies ? 'applies' : isSetAside ? 'is set aside' : 'does not apply';
  const elements = [principal, action, resource].flatMap((element) => element ?? []);
  return [
    `  Statement ${index + 1}${sid ? ` (${sid})` : ''}: ${effect}, ${fate}`,
    ...elements.map(
      ({ name, matched, asked, values, omitted }) =>
        `    ${mark(matched)} ${name} ${listOf(values.map(shownValue), omitted)}: ${asked}`,
    ),
    ...conditions.map(
      (condition) => `    ${mark(condition.matched)} ${describeCondition(condition)}`,
    ),
  ];
}

function mark(matched: boolean): string {
  return matched ? 'yes' : 'no ';
}

function shownValue({ text, meaning }: { text: string; meaning?: string | null }): string {
  if (meaning === undefined) return text;
  return meaning === null ? `${text} (which has no value here)` : `${text} (here ${meaning})`;
}

function shownContext(value: ContextValue): string {
  return JSON.stringify(value);
}

/** A sentence with more values than these is read by nobody. */
const VALUES_SAID_MAX = 5;

function listOf(texts: readonly string[], omitted: number): string {
  const said = texts.slice(0, VALUES_SAID_MAX);
  const left = texts.length - said.length + omitted;
  return [...said, ...(left === 0 ? [] : [`${left} more`])].join(', ') || 'nothing';
}

function nameOf({ source, statementIndex, sid }: StatementName): string {
  const name = sid ? ` (${sid})` : '';
  return `statement ${statementIndex + 1}${name} of the ${kindOf(source.type)} ${source.id}`;
}

/** A boundary is called so alone; all the others are called policies. */
function kindOf(type: PolicySource['type'] = 'identity-based'): string {
  return type === 'permissions boundary' ? type : `${type} policy`;
}

function subjectOf(whose: string): string {
  const [, kind, name] = /^arn:[^:]*:iam::\d*:(user|role)\/(?:.*\/)?([^/]+)$/.exec(whose) ?? [];
  return kind === undefined || name === undefined ? whose : `${kind} ${name}`;
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
