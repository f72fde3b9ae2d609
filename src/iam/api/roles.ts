import { action, list, required } from '../../wire/index.ts';
import { onNewRole, onRole, onRoles } from './resources.ts';
import {
  arn,
  maxSessionSeconds,
  path,
  pathPrefix,
  policyDocument,
  roleDescription,
  roleName,
} from './scalars.ts';
import { pageInput, pageOutput, Role, Tag, tagKeyList, tagList } from './shapes.ts';

const role = { RoleName: required(roleName) } as const;

export const CreateRole = action('CreateRole', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0 ? ['iam:CreateRole', 'iam:TagRole'] : ['iam:CreateRole'],
  on: onNewRole,
  input: {
    ...role,
    Path: path,
    AssumeRolePolicyDocument: required(policyDocument),
    Description: roleDescription,
    MaxSessionDuration: maxSessionSeconds,
    PermissionsBoundary: arn,
    Tags: tagList,
  },
  output: { Role: required(Role) },
});

export const GetRole = action('GetRole', {
  allows: 'iam:GetRole',
  on: onRole,
  input: role,
  output: { Role: required(Role) },
});

export const ListRoles = action('ListRoles', {
  allows: 'iam:ListRoles',
  on: onRoles,
  input: { PathPrefix: pathPrefix, ...pageInput },
  output: { Roles: required(list(Role)), ...pageOutput },
});

export const UpdateRole = action('UpdateRole', {
  allows: 'iam:UpdateRole',
  on: onRole,
  input: { ...role, Description: roleDescription, MaxSessionDuration: maxSessionSeconds },
  output: {},
  hasEmptyResult: true,
});

export const UpdateRoleDescription = action('UpdateRoleDescription', {
  allows: 'iam:UpdateRoleDescription',
  on: onRole,
  input: { ...role, Description: required(roleDescription) },
  output: { Role },
});

export const UpdateAssumeRolePolicy = action('UpdateAssumeRolePolicy', {
  allows: 'iam:UpdateAssumeRolePolicy',
  on: onRole,
  input: { ...role, PolicyDocument: required(policyDocument) },
  output: {},
});

export const DeleteRole = action('DeleteRole', {
  allows: 'iam:DeleteRole',
  on: onRole,
  input: role,
  output: {},
});

export const PutRolePermissionsBoundary = action('PutRolePermissionsBoundary', {
  allows: 'iam:PutRolePermissionsBoundary',
  on: onRole,
  input: { ...role, PermissionsBoundary: required(arn) },
  output: {},
});

export const DeleteRolePermissionsBoundary = action('DeleteRolePermissionsBoundary', {
  allows: 'iam:DeleteRolePermissionsBoundary',
  on: onRole,
  input: role,
  output: {},
});

export const TagRole = action('TagRole', {
  allows: 'iam:TagRole',
  on: onRole,
  input: { ...role, Tags: required(tagList) },
  output: {},
});

export const UntagRole = action('UntagRole', {
  allows: 'iam:UntagRole',
  on: onRole,
  input: { ...role, TagKeys: required(tagKeyList) },
  output: {},
});

export const ListRoleTags = action('ListRoleTags', {
  allows: 'iam:ListRoleTags',
  on: onRole,
  input: { ...role, ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
