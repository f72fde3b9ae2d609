import { pageOf } from '../../identity/index.ts';
import type * as api from '../api/users.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { fromTags, toRoot, toTags, toUser, toUserInFull } from '../wire-forms.ts';
import { callersName } from '../owner.ts';

export const createUser: IamHandler<typeof api.CreateUser> = async (
  { UserName, Path, PermissionsBoundary, Tags },
  { identity, account },
) => {
  const user = await identity.createUser(account, {
    name: UserName,
    path: Path,
    boundary: PermissionsBoundary,
    tags: fromTags(Tags),
  });
  return { User: await toUserInFull(identity, user) };
};

export const getUser: IamHandler<typeof api.GetUser> = async (
  { UserName },
  { identity, account, caller },
) => {
  const name = UserName ?? callersName(caller);
  if (name === undefined) return { User: await toRoot(identity, account) };
  return { User: await toUserInFull(identity, await identity.getUser(account, name)) };
};

export const listUsers: IamHandler<typeof api.ListUsers> = async (
  { PathPrefix, ...input },
  { identity, account },
) => {
  const page = await identity.listUsers(account, { ...pageRequest(input), pathPrefix: PathPrefix });
  return { Users: page.items.map(toUser), ...pageAnswer(page) };
};

export const updateUser: IamHandler<typeof api.UpdateUser> = async (
  { UserName, NewPath, NewUserName },
  { identity, account },
) => {
  await identity.updateUser(account, UserName, { newPath: NewPath, newName: NewUserName });
  return {};
};

export const deleteUser: IamHandler<typeof api.DeleteUser> = async (
  { UserName },
  { identity, account },
) => {
  await identity.deleteUser(account, UserName);
  return {};
};

export const putUserPermissionsBoundary: IamHandler<typeof api.PutUserPermissionsBoundary> = async (
  { UserName, PermissionsBoundary },
  { identity, account },
) => {
  await identity.putUserBoundary(account, UserName, PermissionsBoundary);
  return {};
};

export const deleteUserPermissionsBoundary: IamHandler<
  typeof api.DeleteUserPermissionsBoundary
> = async ({ UserName }, { identity, account }) => {
  await identity.deleteUserBoundary(account, UserName);
  return {};
};

export const tagUser: IamHandler<typeof api.TagUser> = async (
  { UserName, Tags },
  { identity, account },
) => {
  await identity.tagUser(account, UserName, fromTags(Tags));
  return {};
};

export const untagUser: IamHandler<typeof api.UntagUser> = async (
  { UserName, TagKeys },
  { identity, account },
) => {
  await identity.untagUser(account, UserName, TagKeys);
  return {};
};

export const listUserTags: IamHandler<typeof api.ListUserTags> = async (
  { UserName, ...input },
  { identity, account },
) => {
  const { tags } = await identity.getUser(account, UserName);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};
