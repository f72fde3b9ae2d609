import { IdentityError, type AccessKey, type KeyOwner } from '../../identity/index.ts';
import type * as api from '../api/access-keys.ts';
import type { IamHandler } from '../handler.ts';
import { ownerOf } from '../owner.ts';
import { pageAnswer, slicePage } from '../paging.ts';

export const createAccessKey: IamHandler<typeof api.CreateAccessKey> = async (
  { UserName },
  context,
) => {
  const { identity, account } = context;
  const owner = await ownerOf(UserName, context);
  const { secretAccessKey, ...key } = await identity.createAccessKey(account, owner);
  return { AccessKey: { ...toMetadata(key, owner), SecretAccessKey: secretAccessKey } };
};

export const updateAccessKey: IamHandler<typeof api.UpdateAccessKey> = async (
  { UserName, AccessKeyId, Status },
  context,
) => {
  const { identity, account } = context;
  await identity.updateAccessKey(account, await ownerOf(UserName, context), AccessKeyId, Status);
  return {};
};

export const deleteAccessKey: IamHandler<typeof api.DeleteAccessKey> = async (
  { UserName, AccessKeyId },
  context,
) => {
  const { identity, account } = context;
  await identity.deleteAccessKey(account, await ownerOf(UserName, context), AccessKeyId);
  return {};
};

export const listAccessKeys: IamHandler<typeof api.ListAccessKeys> = async (
  { UserName, ...input },
  context,
) => {
  const { identity, account } = context;
  const owner = await ownerOf(UserName, context);
  const page = slicePage(await identity.listAccessKeys(account, owner), input);
  const AccessKeyMetadata = page.items.map((key) => toMetadata(key, owner));
  return { AccessKeyMetadata, ...pageAnswer(page) };
};

/** What AWS shows for a key that was never used. */
const NEVER_USED = { ServiceName: 'N/A', Region: 'N/A' };

export const getAccessKeyLastUsed: IamHandler<typeof api.GetAccessKeyLastUsed> = async (
  { AccessKeyId },
  { identity, account },
) => {
  const key = await identity.findAccessKey(AccessKeyId);
  // The keys of other accounts are as good as none.
  if (key === undefined || key.account !== account) {
    throw new IdentityError(
      'NoSuchEntity',
      `The Access Key with id ${AccessKeyId} cannot be found.`,
    );
  }
  const user =
    key.owner.kind === 'user' ? await identity.findUserById(account, key.owner.id) : undefined;
  const use = await identity.findKeyUse(AccessKeyId);
  return {
    ...(user === undefined ? {} : { UserName: user.name }),
    AccessKeyLastUsed:
      use === undefined
        ? NEVER_USED
        : { LastUsedDate: new Date(use.atMs), ServiceName: use.service, Region: use.region },
  };
};

function toMetadata({ id, status, createdAtMs }: AccessKey, owner: KeyOwner) {
  return {
    ...(owner.kind === 'user' ? { UserName: owner.name } : {}),
    AccessKeyId: id,
    Status: status,
    CreateDate: new Date(createdAtMs),
  };
}
