import type { PolicySource } from '../document.ts';
import type { AccessRequest } from '../request.ts';
import type {
  ExplainedElement,
  ExplainedPolicy,
  ExplainedStatement,
  NearMiss,
} from './explanation.ts';

/** The nearest are enough to choose from. */
const NEAR_MISSES_MAX = 5;

/**
 * The Allow statements that would have given what is missing but for one element or condition,
 * those that concern the action first.
 */
export function nearMisses(
  type: PolicySource['type'],
  level: number | undefined,
  request: AccessRequest,
  policies: readonly ExplainedPolicy[],
): readonly NearMiss[] {
  const isSameAccount =
    'accountId' in request.principal && request.principal.accountId === request.resourceAccountId;
  // Within one account the resource's policy may give what the identity's do not.
  const types = type === 'identity-based' && isSameAccount ? [type, 'resource-based'] : [type];
  const found = policies
    .filter((policy) => types.includes(policy.source.type) && policy.level === level)
    .flatMap(({ source, statements }) =>
      statements.flatMap((statement) => nearMiss(source, statement) ?? []),
    )
    .filter(({ element }) => element === undefined || isAkin(element));
  const isOtherAction = (miss: NearMiss) => Number(miss.element?.name.endsWith('Action') ?? false);
  return found.toSorted((a, b) => isOtherAction(a) - isOtherAction(b)).slice(0, NEAR_MISSES_MAX);
}

/** A statement of another service's actions has nothing to do with what is asked. */
function isAkin({ name, asked, values }: ExplainedElement): boolean {
  if (name !== 'Action') return true;
  const [service = ''] = asked.toLowerCase().split(':', 1);
  return values.some(({ text }) => text.toLowerCase().startsWith(`${service}:`));
}

function nearMiss(source: PolicySource, statement: ExplainedStatement): NearMiss | undefined {
  const { index, sid, effect, isSetAside, principal, action, resource, conditions } = statement;
  if (effect === 'Deny') return undefined;
  const elements = [principal, action, resource].filter((each) => each?.matched === false);
  const failedConditions = conditions.filter(({ matched }) => !matched);
  const failures = elements.length + failedConditions.length + Number(isSetAside);
  if (failures !== 1) return undefined;
  const [element] = elements;
  const [condition] = failedConditions;
  return {
    source,
    statementIndex: index,
    ...(sid === undefined ? {} : { sid }),
    ...(element && { element }),
    ...(condition && { condition }),
  };
}
