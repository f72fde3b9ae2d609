import type { Caller } from '../access/index.ts';
import { oidcProviderArn } from '../identity/index.ts';
import type { QueryOperation } from '../wire/index.ts';
import * as declarations from './api/index.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { toStsError } from './errors.ts';
import type { StsContext, StsParts, StsTarget } from './handler.ts';
import { createOpenIdVerifier } from './openid/verifier.ts';
import { handlers } from './operations/index.ts';
import { findTarget } from './target.ts';

/** Operation and handler were declared as a pair; the table cannot say so to the compiler. */
type AnyHandler = (input: unknown, context: StsContext) => unknown;

/** STS as whoever serves the query protocol needs it described. */
export function createStsService({ identity, clock, decisions }: StsParts) {
  const openId = createOpenIdVerifier(clock, async (account, url) => {
    const arn = oidcProviderArn({ account, url });
    const provider = await identity.findOidcProvider(account, arn);
    return provider && { ...provider, arn };
  });
  const tools = { identity, clock, decisions, openId };
  const called =
    (handler: AnyHandler) =>
    (input: unknown, caller: Caller, target: unknown): unknown =>
      handler(input, { ...tools, caller, found: (target as StsTarget).found });
  return {
    service: 'sts',
    version: '2011-06-15',
    xmlns: 'https://sts.amazonaws.com/doc/2011-06-15/',
    declarations,
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, called(handler as AnyHandler)]),
    ),
    isKnownAction: (action: string) => NOT_SERVED.has(action),
    toError: toStsError,
    targetOf: (operation: QueryOperation, input: unknown, caller: Caller) =>
      findTarget(tools, operation, input, caller),
  } as const;
}
