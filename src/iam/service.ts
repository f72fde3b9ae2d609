import { principalOf, type Caller } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { QueryOperation } from '../wire/index.ts';
import * as declarations from './api/index.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { toIamError } from './errors.ts';
import type { IamContext } from './handler.ts';
import { handlers } from './operations/index.ts';
import { findTarget } from './target.ts';

export interface IamParts {
  readonly identity: IdentityStore;
  readonly clock: Clock;
}

/** Operation and handler were declared as a pair; the table cannot say so to the compiler. */
type AnyHandler = (input: unknown, context: IamContext) => unknown;

/** IAM as whoever serves the query protocol needs it described. */
export function createIamService({ identity, clock }: IamParts) {
  const called =
    (handler: AnyHandler) =>
    (input: unknown, asker: Caller): unknown => {
      const caller = principalOf(asker);
      return handler(input, { identity, clock, caller, account: caller.accountId });
    };
  return {
    service: 'iam',
    version: '2010-05-08',
    xmlns: 'https://iam.amazonaws.com/doc/2010-05-08/',
    declarations,
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, called(handler as AnyHandler)]),
    ),
    /** Known to IAM and not served; any other undeclared name is unknown. */
    isKnownAction: (action: string) => NOT_SERVED.has(action),
    subjectOf: (action: string) => NOT_SERVED.get(action),
    toError: toIamError,
    targetOf: (operation: QueryOperation, input: unknown, caller: Caller) =>
      findTarget(identity, operation, input, principalOf(caller)),
  } as const;
}
