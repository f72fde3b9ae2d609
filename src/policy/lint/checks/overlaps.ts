import { COMPARED_MAX } from '../check.ts';
import type { Check } from '../finding.ts';
import { removeSpan } from '../fix.ts';
import { covers, coversAction } from '../pattern-sets.ts';
import type { ListPart, StatementPart, Subject } from '../subject.ts';

/** More values than these in two statements are not compared. */
const PAIRS_MAX = 10_000;

/** Statements that say nothing new beside another. */
export const OVERLAP_CHECKS: readonly Check[] = [
  {
    code: 'RedundantStatement',
    severity: 'suggestion',
    *find(subject) {
      const { statements } = subject;
      if (statements.length > COMPARED_MAX) return;
      const spans = statements.map(({ node }) => node);
      for (const statement of statements) {
        const wider = statements.find(
          (other) =>
            other !== statement &&
            other.statement.effect === statement.statement.effect &&
            says(other, statement, subject) &&
            (other.index < statement.index || !says(statement, other, subject)),
        );
        if (wider === undefined) continue;
        const message = `Statement ${wider.index + 1} says all that this one says.`;
        const fix = removeSpan(spans, statement.index, 'Remove the statement');
        yield { at: statement.at, message, fix };
      }
    },
  },
  {
    code: 'AllowIsDenied',
    severity: 'warning',
    *find(subject) {
      const { statements } = subject;
      if (statements.length > COMPARED_MAX) return;
      const denies = statements.filter(({ statement }) => statement.effect === 'Deny');
      for (const statement of statements) {
        if (statement.statement.effect !== 'Allow') continue;
        const denying = denies.find((other) => says(other, statement, subject));
        if (denying === undefined) continue;
        const message = `Statement ${denying.index + 1} denies all that this one allows.`;
        yield { at: statement.at, message };
      }
    },
  },
  {
    code: 'MergeableStatements',
    severity: 'suggestion',
    *find({ statements }) {
      const seen = new Map<string, StatementPart>();
      for (const statement of statements) {
        const rest = restOf(statement);
        const first = seen.get(rest);
        if (first === undefined) seen.set(rest, statement);
        else if (!isSame(first, statement)) {
          const message = `But for its actions this is statement ${first.index + 1}; they can be one.`;
          yield { at: statement.at, message };
        }
      }
    },
  },
];

/** Whether whatever the second statement applies to, the first does, too. */
function says(outer: StatementPart, inner: StatementPart, { variables }: Subject): boolean {
  if (outer.conditions.length > 0 && conditionsOf(outer) !== conditionsOf(inner)) return false;
  if (principalsOf(outer) !== principalsOf(inner)) return false;
  return (
    holds(outer.actions, inner.actions, coversAction) &&
    holds(outer.resources, inner.resources, (a, b) => covers(a, b, variables))
  );
}

function holds(
  outer: ListPart | undefined,
  inner: ListPart | undefined,
  covering: (outer: string, inner: string) => boolean,
): boolean {
  if (outer === undefined || inner === undefined) return outer === inner;
  if (outer.negated !== inner.negated) return false;
  if (outer.items.length * inner.items.length > PAIRS_MAX) return false;
  // What is left over by fewer exceptions is more.
  const [wide, narrow] = outer.negated ? [inner, outer] : [outer, inner];
  return narrow.items.every(({ value }) =>
    wide.items.some((other) => covering(other.value, value)),
  );
}

function conditionsOf({ statement }: StatementPart): string {
  return JSON.stringify(statement.conditions.map((condition) => JSON.stringify(condition)).sort());
}

function principalsOf({ principals, principalName }: StatementPart): string {
  const names = principals.map(({ type, value }) => `${value === '*' ? '*' : type} ${value}`);
  return JSON.stringify([principalName, names.sort()]);
}

/** A statement without its name and its actions. */
function restOf(part: StatementPart): string {
  const { statement } = part;
  const { resources } = statement;
  const places = resources && [resources.negated, [...resources.patterns].sort()];
  return JSON.stringify([
    statement.effect,
    statement.actions.negated,
    places,
    principalsOf(part),
    conditionsOf(part),
  ]);
}

function isSame(a: StatementPart, b: StatementPart): boolean {
  return JSON.stringify(a.statement.actions) === JSON.stringify(b.statement.actions);
}
