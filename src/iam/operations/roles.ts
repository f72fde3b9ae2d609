import { pageOf } from '../../identity/index.ts';
import type * as api from '../api/roles.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { fromTags, toRole, toRoleInFull, toTags } from '../wire-forms.ts';

export const createRole: IamHandler<typeof api.CreateRole> = async (
  input,
  { identity, account },
) => {
  const role = await identity.createRole(account, {
    name: input.RoleName,
    path: input.Path,
    trustText: input.AssumeRolePolicyDocument,
    description: input.Description,
    maxSessionSeconds: input.MaxSessionDuration,
    boundary: input.PermissionsBoundary,
    tags: fromTags(input.Tags),
  });
  return { Role: await toRoleInFull(identity, role) };
};

export const getRole: IamHandler<typeof api.GetRole> = async (
  { RoleName },
  { identity, account },
) => ({ Role: await toRoleInFull(identity, await identity.getRole(account, RoleName)) });

export const listRoles: IamHandler<typeof api.ListRoles> = async (
  { PathPrefix, ...input },
  { identity, account },
) => {
  const page = await identity.listRoles(account, { ...pageRequest(input), pathPrefix: PathPrefix });
  const Roles = await Promise.all(page.items.map((role) => toRole(identity, role)));
  return { Roles, ...pageAnswer(page) };
};

export const updateRole: IamHandler<typeof api.UpdateRole> = async (
  { RoleName, Description, MaxSessionDuration },
  { identity, account },
) => {
  await identity.updateRole(account, RoleName, {
    description: Description,
    maxSessionSeconds: MaxSessionDuration,
  });
  return {};
};

export const updateRoleDescription: IamHandler<typeof api.UpdateRoleDescription> = async (
  { RoleName, Description },
  { identity, account },
) => {
  const role = await identity.updateRole(account, RoleName, { description: Description });
  return { Role: await toRole(identity, role) };
};

export const updateAssumeRolePolicy: IamHandler<typeof api.UpdateAssumeRolePolicy> = async (
  { RoleName, PolicyDocument },
  { identity, account },
) => {
  await identity.updateTrustPolicy(account, RoleName, PolicyDocument);
  return {};
};

export const deleteRole: IamHandler<typeof api.DeleteRole> = async (
  { RoleName },
  { identity, account },
) => {
  await identity.deleteRole(account, RoleName);
  return {};
};

export const putRolePermissionsBoundary: IamHandler<typeof api.PutRolePermissionsBoundary> = async (
  { RoleName, PermissionsBoundary },
  { identity, account },
) => {
  await identity.putRoleBoundary(account, RoleName, PermissionsBoundary);
  return {};
};

export const deleteRolePermissionsBoundary: IamHandler<
  typeof api.DeleteRolePermissionsBoundary
> = async ({ RoleName }, { identity, account }) => {
  await identity.deleteRoleBoundary(account, RoleName);
  return {};
};

export const tagRole: IamHandler<typeof api.TagRole> = async (
  { RoleName, Tags },
  { identity, account },
) => {
  await identity.tagRole(account, RoleName, fromTags(Tags));
  return {};
};

export const untagRole: IamHandler<typeof api.UntagRole> = async (
  { RoleName, TagKeys },
  { identity, account },
) => {
  await identity.untagRole(account, RoleName, TagKeys);
  return {};
};

export const listRoleTags: IamHandler<typeof api.ListRoleTags> = async (
  { RoleName, ...input },
  { identity, account },
) => {
  const { tags } = await identity.getRole(account, RoleName);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};
