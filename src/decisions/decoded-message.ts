import { principalName, type ContextValue } from '../policy/index.ts';
import type { Trace } from './trace.ts';

/**
 * A trace as DecodeAuthorizationMessage tells it ("DecodeAuthorizationMessage" of the STS API
 * reference): AWS's members first, and the whole explanation behind them.
 */
export function decodedMessage({ requestId, principalArn, explanation }: Trace): string {
  const { request, decision, denials } = explanation;
  const id = 'userId' in request.principal ? request.principal.userId : 'anonymous';
  const conditions = Object.entries(request.context)
    .filter((entry): entry is [string, ContextValue] => entry[1] !== null)
    .map(([key, value]) => ({ key, values: items([value].flat().map((one) => ({ value: one }))) }));
  return JSON.stringify({
    allowed: decision.effect === 'Allow',
    explicitDeny: decision.effect === 'ExplicitDeny',
    matchedStatements: items(
      denials.map(({ source, statementIndex, sid }) => ({
        statementId: sid ?? String(statementIndex),
        effect: 'DENY',
        sourcePolicyId: source.id,
        sourcePolicyType: source.type,
      })),
    ),
    failures: items([]),
    context: {
      principal: { id, arn: principalArn ?? principalName(request.principal) },
      action: request.action,
      resource: request.resource,
      conditions: items(conditions),
    },
    requestId,
    explanation,
  });
}

/** AWS writes every list so. */
function items<T>(list: readonly T[]) {
  return { items: list };
}
