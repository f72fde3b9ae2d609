import { pageOf } from '../../identity/index.ts';
import type * as api from '../api/instance-profiles.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { fromTags, toInstanceProfile, toInstanceProfileInFull, toTags } from '../wire-forms.ts';

export const createInstanceProfile: IamHandler<typeof api.CreateInstanceProfile> = async (
  { InstanceProfileName, Path, Tags },
  { identity, account },
) => {
  const profile = await identity.createInstanceProfile(account, {
    name: InstanceProfileName,
    path: Path,
    tags: fromTags(Tags),
  });
  return { InstanceProfile: await toInstanceProfileInFull(identity, profile) };
};

export const getInstanceProfile: IamHandler<typeof api.GetInstanceProfile> = async (
  { InstanceProfileName },
  { identity, account },
) => {
  const profile = await identity.getInstanceProfile(account, InstanceProfileName);
  return { InstanceProfile: await toInstanceProfileInFull(identity, profile) };
};

export const listInstanceProfiles: IamHandler<typeof api.ListInstanceProfiles> = async (
  { PathPrefix, ...input },
  { identity, account },
) => {
  const request = { ...pageRequest(input), pathPrefix: PathPrefix };
  const page = await identity.listInstanceProfiles(account, request);
  const InstanceProfiles = await Promise.all(
    page.items.map((profile) => toInstanceProfile(identity, profile)),
  );
  return { InstanceProfiles, ...pageAnswer(page) };
};

export const listInstanceProfilesForRole: IamHandler<
  typeof api.ListInstanceProfilesForRole
> = async ({ RoleName, ...input }, { identity, account }) => {
  const page = await identity.listInstanceProfilesForRole(account, RoleName, pageRequest(input));
  const InstanceProfiles = await Promise.all(
    page.items.map((profile) => toInstanceProfile(identity, profile)),
  );
  return { InstanceProfiles, ...pageAnswer(page) };
};

export const deleteInstanceProfile: IamHandler<typeof api.DeleteInstanceProfile> = async (
  { InstanceProfileName },
  { identity, account },
) => {
  await identity.deleteInstanceProfile(account, InstanceProfileName);
  return {};
};

export const addRoleToInstanceProfile: IamHandler<typeof api.AddRoleToInstanceProfile> = async (
  { InstanceProfileName, RoleName },
  { identity, account },
) => {
  await identity.addRoleToInstanceProfile(account, InstanceProfileName, RoleName);
  return {};
};

export const removeRoleFromInstanceProfile: IamHandler<
  typeof api.RemoveRoleFromInstanceProfile
> = async ({ InstanceProfileName, RoleName }, { identity, account }) => {
  await identity.removeRoleFromInstanceProfile(account, InstanceProfileName, RoleName);
  return {};
};

export const tagInstanceProfile: IamHandler<typeof api.TagInstanceProfile> = async (
  { InstanceProfileName, Tags },
  { identity, account },
) => {
  await identity.tagInstanceProfile(account, InstanceProfileName, fromTags(Tags));
  return {};
};

export const untagInstanceProfile: IamHandler<typeof api.UntagInstanceProfile> = async (
  { InstanceProfileName, TagKeys },
  { identity, account },
) => {
  await identity.untagInstanceProfile(account, InstanceProfileName, TagKeys);
  return {};
};

export const listInstanceProfileTags: IamHandler<typeof api.ListInstanceProfileTags> = async (
  { InstanceProfileName, ...input },
  { identity, account },
) => {
  const { tags } = await identity.getInstanceProfile(account, InstanceProfileName);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};
