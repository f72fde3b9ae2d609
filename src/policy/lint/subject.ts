import { pointer } from '../finding.ts';
import type { PolicyCondition, PolicyDocument, PolicyKind, PolicyStatement } from '../document.ts';
import type { JsonMember, JsonNode } from '../json.ts';
import type { ActionFacts } from './catalog/catalog.ts';
import { actionsOf } from './catalog/catalog.ts';
import type { Place } from './finding.ts';
import { type Naming, createNaming } from './pattern-sets.ts';

/** A document that keeps the grammar, and where each of its parts stands. */
export interface Subject {
  readonly text: string;
  readonly kind: PolicyKind;
  readonly document: PolicyDocument;
  /** The document's version fills variables in. */
  readonly variables: boolean;
  /** Whether a resource pattern can name a resource of a form; remembered for this document. */
  readonly naming: Naming;
  readonly root: ObjectNode;
  readonly statements: readonly StatementPart[];
}

export type ObjectNode = Extract<JsonNode, { kind: 'object' }>;

/** A value and its span. */
export interface Part extends Place {
  readonly end: number;
  readonly value: string;
}

export interface ListPart {
  /** Such as `NotAction`. */
  readonly name: string;
  readonly negated: boolean;
  readonly at: Place;
  readonly member: JsonMember;
  readonly items: readonly Part[];
  /** Whether the values stand in an array. */
  readonly isArray: boolean;
}

export interface PrincipalPart extends Part {
  /** `*` when the whole element is that. */
  readonly type: string;
}

export interface ConditionPart {
  readonly at: Place;
  readonly condition: PolicyCondition;
  /** The name of the operator, as written. */
  readonly operator: Part;
  readonly key: Part;
  readonly values: readonly Part[];
  readonly isArray: boolean;
  /** The other conditions of the statement are here, too. */
  readonly statement: StatementPart;
}

export interface StatementPart {
  readonly index: number;
  readonly at: Place;
  readonly node: ObjectNode;
  readonly statement: PolicyStatement;
  readonly sid: Part | undefined;
  readonly actions: ListPart;
  readonly resources: ListPart | undefined;
  readonly principals: readonly PrincipalPart[];
  readonly principalName: 'Principal' | 'NotPrincipal' | undefined;
  readonly conditions: readonly ConditionPart[];
  /** The actions known to AWS that its patterns name; undefined with `NotAction`. */
  readonly known: readonly ActionFacts[] | undefined;
  /** Every pattern names actions of services whose actions are known here. */
  readonly isWhollyKnown: boolean;
}

export function subjectOf(
  text: string,
  kind: PolicyKind,
  root: JsonNode,
  document: PolicyDocument,
): Subject {
  const object = root as ObjectNode;
  const member = find(object, 'Statement');
  const value = member?.value;
  const nodes = value?.kind === 'array' ? value.items : value === undefined ? [] : [value];
  const statements = nodes.flatMap((node, index) => {
    const statement = document.statements[index];
    if (node.kind !== 'object' || statement === undefined) return [];
    const path = value?.kind === 'array' ? pointer('/Statement', index) : '/Statement';
    return statementPart(node, path, index, statement);
  });
  const variables = document.version === '2012-10-17';
  const naming = createNaming(variables);
  return { text, kind, document, variables, naming, root: object, statements };
}

/** A member of an object. */
export function find(object: ObjectNode, key: string): JsonMember | undefined {
  return object.members.find((member) => member.key === key);
}

function statementPart(
  node: ObjectNode,
  path: string,
  index: number,
  statement: PolicyStatement,
): StatementPart {
  const actions = listPart(node, path, 'Action', 'NotAction');
  const principal = find(node, 'Principal') ?? find(node, 'NotPrincipal');
  const conditions: ConditionPart[] = [];
  const expanded = actionsOf(actions?.items.map(({ value }) => value) ?? []);
  const part: StatementPart = {
    index,
    at: { path, offset: node.offset },
    node,
    statement,
    sid: sidPart(node, path),
    actions: actions ?? { ...EMPTY_LIST, at: { path, offset: node.offset } },
    resources: listPart(node, path, 'Resource', 'NotResource'),
    principals: principal === undefined ? [] : principalParts(principal, path),
    principalName: principal?.key as StatementPart['principalName'],
    conditions,
    known: statement.actions.negated ? undefined : expanded.known,
    isWhollyKnown: !statement.actions.negated && expanded.isWhole,
  };
  conditions.push(...conditionParts(node, path, part));
  return part;
}

const NOWHERE = { offset: 0, end: 0 };
const EMPTY_LIST = {
  name: 'Action',
  negated: false,
  member: { key: 'Action', ...NOWHERE, value: { kind: 'null', ...NOWHERE } },
  items: [],
  isArray: false,
} as const;

function sidPart(node: ObjectNode, path: string): Part | undefined {
  const value = find(node, 'Sid')?.value;
  return value?.kind === 'string' ? { ...value, path: pointer(path, 'Sid') } : undefined;
}

function listPart(
  node: ObjectNode,
  statementPath: string,
  plain: string,
  negated: string,
): ListPart | undefined {
  const member = find(node, plain) ?? find(node, negated);
  if (member === undefined) return undefined;
  const path = pointer(statementPath, member.key);
  return {
    name: member.key,
    negated: member.key === negated,
    at: { path, offset: member.offset },
    member,
    items: valueParts(member.value, path),
    isArray: member.value.kind === 'array',
  };
}

/** The texts of a value that is one or a list; numbers and booleans as they are written. */
function valueParts(node: JsonNode, path: string): readonly Part[] {
  const nodes = node.kind === 'array' ? node.items : [node];
  return nodes.flatMap((item, index) => {
    const at = node.kind === 'array' ? pointer(path, index) : path;
    const { offset, end } = item;
    if (item.kind === 'string') return { path: at, offset, end, value: item.value };
    if (item.kind === 'number') return { path: at, offset, end, value: item.text };
    return item.kind === 'boolean' ? { path: at, offset, end, value: String(item.value) } : [];
  });
}

function principalParts({ key, value }: JsonMember, statementPath: string): PrincipalPart[] {
  const path = pointer(statementPath, key);
  if (value.kind === 'string') return [{ ...value, path, type: '*' }];
  if (value.kind !== 'object') return [];
  return value.members.flatMap((member) =>
    valueParts(member.value, pointer(path, member.key)).map((part) => ({
      ...part,
      type: member.key,
    })),
  );
}

function conditionParts(
  node: ObjectNode,
  statementPath: string,
  statement: StatementPart,
): ConditionPart[] {
  const path = pointer(statementPath, 'Condition');
  const block = find(node, 'Condition')?.value;
  if (block?.kind !== 'object') return [];
  let index = 0;
  return block.members.flatMap((operator) => {
    const operatorPath = pointer(path, operator.key);
    if (operator.value.kind !== 'object') return [];
    return operator.value.members.flatMap((key) => {
      const condition = statement.statement.conditions[index++];
      if (condition === undefined) return [];
      const keyPath = pointer(operatorPath, key.key);
      return {
        at: { path: keyPath, offset: key.offset },
        condition,
        operator: spanOf(operator, operatorPath),
        key: spanOf(key, keyPath),
        values: valueParts(key.value, keyPath),
        isArray: key.value.kind === 'array',
        statement,
      };
    });
  });
}

function spanOf({ key, offset, end }: JsonMember, path: string): Part {
  return { path, offset, end, value: key };
}
