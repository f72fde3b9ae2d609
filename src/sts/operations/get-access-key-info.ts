import { accountOfTemporaryKey } from '../../identity/index.ts';
import type { GetAccessKeyInfo } from '../api/index.ts';
import { StsError } from '../errors.ts';
import type { StsHandler } from '../handler.ts';

/** Whose account a key is of, whatever its state. Temporary keys say it themselves. */
export const getAccessKeyInfo: StsHandler<typeof GetAccessKeyInfo> = async (
  { AccessKeyId },
  { identity },
) => {
  const account =
    accountOfTemporaryKey(AccessKeyId) ?? (await identity.findAccessKey(AccessKeyId))?.account;
  if (account !== undefined) return { Account: account };
  throw new StsError('ValidationError', `The access key id ${AccessKeyId} is not valid.`);
};
