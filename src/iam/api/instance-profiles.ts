import { action, list, required } from '../../wire/index.ts';
import {
  onInstanceProfile,
  onInstanceProfiles,
  onNewInstanceProfile,
  onRole,
} from './resources.ts';
import { instanceProfileName, path, pathPrefix, roleName } from './scalars.ts';
import { InstanceProfile, pageInput, pageOutput, Tag, tagKeyList, tagList } from './shapes.ts';

const profile = { InstanceProfileName: required(instanceProfileName) } as const;

export const CreateInstanceProfile = action('CreateInstanceProfile', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0
      ? ['iam:CreateInstanceProfile', 'iam:TagInstanceProfile']
      : ['iam:CreateInstanceProfile'],
  on: onNewInstanceProfile,
  input: { ...profile, Path: path, Tags: tagList },
  output: { InstanceProfile: required(InstanceProfile) },
});

export const GetInstanceProfile = action('GetInstanceProfile', {
  allows: 'iam:GetInstanceProfile',
  on: onInstanceProfile,
  input: profile,
  output: { InstanceProfile: required(InstanceProfile) },
});

export const ListInstanceProfiles = action('ListInstanceProfiles', {
  allows: 'iam:ListInstanceProfiles',
  on: onInstanceProfiles,
  input: { PathPrefix: pathPrefix, ...pageInput },
  output: { InstanceProfiles: required(list(InstanceProfile)), ...pageOutput },
});

export const ListInstanceProfilesForRole = action('ListInstanceProfilesForRole', {
  allows: 'iam:ListInstanceProfilesForRole',
  on: onRole,
  input: { RoleName: required(roleName), ...pageInput },
  output: { InstanceProfiles: required(list(InstanceProfile)), ...pageOutput },
});

export const DeleteInstanceProfile = action('DeleteInstanceProfile', {
  allows: 'iam:DeleteInstanceProfile',
  on: onInstanceProfile,
  input: profile,
  output: {},
});

/** Whoever puts a role there must also be allowed to pass it: `target.ts`. */
export const AddRoleToInstanceProfile = action('AddRoleToInstanceProfile', {
  allows: 'iam:AddRoleToInstanceProfile',
  on: onInstanceProfile,
  input: { ...profile, RoleName: required(roleName) },
  output: {},
});

export const RemoveRoleFromInstanceProfile = action('RemoveRoleFromInstanceProfile', {
  allows: 'iam:RemoveRoleFromInstanceProfile',
  on: onInstanceProfile,
  input: { ...profile, RoleName: required(roleName) },
  output: {},
});

export const TagInstanceProfile = action('TagInstanceProfile', {
  allows: 'iam:TagInstanceProfile',
  on: onInstanceProfile,
  input: { ...profile, Tags: required(tagList) },
  output: {},
});

export const UntagInstanceProfile = action('UntagInstanceProfile', {
  allows: 'iam:UntagInstanceProfile',
  on: onInstanceProfile,
  input: { ...profile, TagKeys: required(tagKeyList) },
  output: {},
});

export const ListInstanceProfileTags = action('ListInstanceProfileTags', {
  allows: 'iam:ListInstanceProfileTags',
  on: onInstanceProfile,
  input: { ...profile, ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
