import type * as api from '../api/groups.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { toGroup, toUser } from '../wire-forms.ts';

export const createGroup: IamHandler<typeof api.CreateGroup> = async (
  { GroupName, Path },
  { identity, account },
) => {
  const group = await identity.createGroup(account, { name: GroupName, path: Path });
  return { Group: toGroup(group) };
};

export const getGroup: IamHandler<typeof api.GetGroup> = async (
  { GroupName, ...input },
  { identity, account },
) => {
  const group = await identity.getGroup(account, GroupName);
  const page = await identity.listGroupMembers(account, GroupName, pageRequest(input));
  return { Group: toGroup(group), Users: page.items.map(toUser), ...pageAnswer(page) };
};

export const listGroups: IamHandler<typeof api.ListGroups> = async (
  { PathPrefix, ...input },
  { identity, account },
) => {
  const request = { ...pageRequest(input), pathPrefix: PathPrefix };
  const page = await identity.listGroups(account, request);
  return { Groups: page.items.map(toGroup), ...pageAnswer(page) };
};

export const updateGroup: IamHandler<typeof api.UpdateGroup> = async (
  { GroupName, NewPath, NewGroupName },
  { identity, account },
) => {
  await identity.updateGroup(account, GroupName, { newPath: NewPath, newName: NewGroupName });
  return {};
};

export const deleteGroup: IamHandler<typeof api.DeleteGroup> = async (
  { GroupName },
  { identity, account },
) => {
  await identity.deleteGroup(account, GroupName);
  return {};
};

export const addUserToGroup: IamHandler<typeof api.AddUserToGroup> = async (
  { GroupName, UserName },
  { identity, account },
) => {
  await identity.addUserToGroup(account, GroupName, UserName);
  return {};
};

export const removeUserFromGroup: IamHandler<typeof api.RemoveUserFromGroup> = async (
  { GroupName, UserName },
  { identity, account },
) => {
  await identity.removeUserFromGroup(account, GroupName, UserName);
  return {};
};

export const listGroupsForUser: IamHandler<typeof api.ListGroupsForUser> = async (
  { UserName, ...input },
  { identity, account },
) => {
  const page = await identity.listGroupsForUser(account, UserName, pageRequest(input));
  return { Groups: page.items.map(toGroup), ...pageAnswer(page) };
};
