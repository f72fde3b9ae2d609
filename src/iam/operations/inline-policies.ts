import type * as api from '../api/inline-policies.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';

export const putUserPolicy: IamHandler<typeof api.PutUserPolicy> = async (
  { UserName, PolicyName, PolicyDocument },
  { identity, account },
) => {
  await identity.putUserPolicy(account, UserName, { name: PolicyName, text: PolicyDocument });
  return {};
};

export const getUserPolicy: IamHandler<typeof api.GetUserPolicy> = async (
  { UserName, PolicyName },
  { identity, account },
) => {
  const { text } = await identity.getUserPolicy(account, UserName, PolicyName);
  return { UserName, PolicyName, PolicyDocument: text };
};

export const listUserPolicies: IamHandler<typeof api.ListUserPolicies> = async (
  { UserName, ...input },
  { identity, account },
) => {
  const page = await identity.listUserPolicies(account, UserName, pageRequest(input));
  return { PolicyNames: page.items, ...pageAnswer(page) };
};

export const deleteUserPolicy: IamHandler<typeof api.DeleteUserPolicy> = async (
  { UserName, PolicyName },
  { identity, account },
) => {
  await identity.deleteUserPolicy(account, UserName, PolicyName);
  return {};
};

export const putGroupPolicy: IamHandler<typeof api.PutGroupPolicy> = async (
  { GroupName, PolicyName, PolicyDocument },
  { identity, account },
) => {
  await identity.putGroupPolicy(account, GroupName, { name: PolicyName, text: PolicyDocument });
  return {};
};

export const getGroupPolicy: IamHandler<typeof api.GetGroupPolicy> = async (
  { GroupName, PolicyName },
  { identity, account },
) => {
  const { text } = await identity.getGroupPolicy(account, GroupName, PolicyName);
  return { GroupName, PolicyName, PolicyDocument: text };
};

export const listGroupPolicies: IamHandler<typeof api.ListGroupPolicies> = async (
  { GroupName, ...input },
  { identity, account },
) => {
  const page = await identity.listGroupPolicies(account, GroupName, pageRequest(input));
  return { PolicyNames: page.items, ...pageAnswer(page) };
};

export const deleteGroupPolicy: IamHandler<typeof api.DeleteGroupPolicy> = async (
  { GroupName, PolicyName },
  { identity, account },
) => {
  await identity.deleteGroupPolicy(account, GroupName, PolicyName);
  return {};
};

export const putRolePolicy: IamHandler<typeof api.PutRolePolicy> = async (
  { RoleName, PolicyName, PolicyDocument },
  { identity, account },
) => {
  await identity.putRolePolicy(account, RoleName, { name: PolicyName, text: PolicyDocument });
  return {};
};

export const getRolePolicy: IamHandler<typeof api.GetRolePolicy> = async (
  { RoleName, PolicyName },
  { identity, account },
) => {
  const { text } = await identity.getRolePolicy(account, RoleName, PolicyName);
  return { RoleName, PolicyName, PolicyDocument: text };
};

export const listRolePolicies: IamHandler<typeof api.ListRolePolicies> = async (
  { RoleName, ...input },
  { identity, account },
) => {
  const page = await identity.listRolePolicies(account, RoleName, pageRequest(input));
  return { PolicyNames: page.items, ...pageAnswer(page) };
};

export const deleteRolePolicy: IamHandler<typeof api.DeleteRolePolicy> = async (
  { RoleName, PolicyName },
  { identity, account },
) => {
  await identity.deleteRolePolicy(account, RoleName, PolicyName);
  return {};
};
