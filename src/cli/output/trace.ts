import { describeExplanation, describePolicies, type Explanation } from '../../policy/index.ts';

/** A decision as the server tells it. */
export interface Trace {
  readonly requestId: string;
  readonly atMs: number;
  readonly principalArn?: string;
  readonly explanation: Explanation;
}

/** One decision in sentences; `full` adds every statement that was asked. */
export function traceText({ requestId, atMs, explanation }: Trace, full: boolean): string {
  const lines = [
    `Request ${requestId} at ${new Date(atMs).toISOString()}`,
    ...describeExplanation(explanation),
    ...(full ? ['', ...describePolicies(explanation)] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A row of a list of decisions. */
export function traceRow({ requestId, atMs, principalArn, explanation }: Trace): string[] {
  const { action, resource } = explanation.request;
  const who = principalArn ?? 'anonymous';
  return [new Date(atMs).toISOString(), requestId, who, action, resource];
}
