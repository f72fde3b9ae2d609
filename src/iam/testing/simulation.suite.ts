import type * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT } from './clients.ts';

/** Policies and answers of simulations, written short. */

export const REPORTS = 'arn:aws:s3:::reports';
export const arnOf = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;

export type Statement = Readonly<Record<string, unknown>>;
export const document = (...Statement: readonly Statement[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement });
export const allow = (
  Action: string | string[],
  Resource: string | string[] = '*',
  more?: Statement,
) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const deny = (Action: string, more?: Statement) => ({
  ...allow(Action, '*', more),
  Effect: 'Deny',
});

/** Each result in one line. */
export function lines({ EvaluationResults = [] }: IAM.SimulatePolicyResponse): string[] {
  return EvaluationResults.map((result) =>
    [
      result.EvalActionName,
      result.EvalResourceName,
      result.EvalDecision,
      ...(result.MatchedStatements ?? []).map(
        ({ SourcePolicyId, SourcePolicyType }) => `${SourcePolicyType}:${SourcePolicyId}`,
      ),
    ].join(' '),
  );
}
