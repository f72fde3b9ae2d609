import { principalOf, type Caller } from '../access/index.ts';
import type { RequestHead } from '../base/http.ts';
import * as declarations from './api.ts';
import { CofferError, CofferErrorStatus } from './error.ts';
import type { CofferContext, CofferParts } from './handler.ts';
import { handlers } from './operations/index.ts';

/** A handler as the table holds it: input and operation belong together, which it cannot say. */
type AnyHandler = (input: unknown, context: CofferContext) => unknown;

/** The server's own actions as whoever serves the query protocol needs them described. */
export function createCofferService(parts: CofferParts) {
  const called =
    (handler: AnyHandler) =>
    (input: unknown, caller: Caller, _: unknown, head: RequestHead): unknown =>
      handler(input, { ...parts, caller, head, account: principalOf(caller).accountId });
  return {
    service: 'coffer',
    version: '2026-11-28',
    xmlns: 'urn:coffer:2026-11-28',
    declarations,
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, called(handler as AnyHandler)]),
    ),
    isKnownAction: () => false,
    toError: (error: unknown) =>
      error instanceof CofferError
        ? { status: CofferErrorStatus[error.code], code: error.code, message: error.message }
        : undefined,
  } as const;
}
