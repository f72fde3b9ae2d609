import { decodedMessage } from '../../decisions/index.ts';
import type { DecodeAuthorizationMessage } from '../api/index.ts';
import { StsError } from '../errors.ts';
import type { StsHandler } from '../handler.ts';

/** What a refusal carried sealed, for an account that has a part in it. */
export const decodeAuthorizationMessage: StsHandler<typeof DecodeAuthorizationMessage> = (
  { EncodedMessage },
  { decisions, caller },
) => {
  const trace = decisions.open(EncodedMessage, caller.account ?? '');
  if (trace !== undefined) return { DecodedMessage: decodedMessage(trace) };
  throw new StsError(
    'InvalidAuthorizationMessageException',
    'The message could not be decoded: it is none that was given out here, or was changed.',
  );
};
