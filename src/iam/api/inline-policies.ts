import { action, list, required } from '../../wire/index.ts';
import { onGroup, onRole, onUser } from './resources.ts';
import { groupName, policyDocument, policyName, roleName, userName } from './scalars.ts';
import { pageInput, pageOutput } from './shapes.ts';

const user = { UserName: required(userName) } as const;
const userPolicy = { ...user, PolicyName: required(policyName) } as const;
const group = { GroupName: required(groupName) } as const;
const groupPolicy = { ...group, PolicyName: required(policyName) } as const;
const role = { RoleName: required(roleName) } as const;
const rolePolicy = { ...role, PolicyName: required(policyName) } as const;
const document = { PolicyDocument: required(policyDocument) } as const;
const names = { PolicyNames: required(list(policyName)), ...pageOutput } as const;

export const PutUserPolicy = action('PutUserPolicy', {
  allows: 'iam:PutUserPolicy',
  on: onUser,
  input: { ...userPolicy, ...document },
  output: {},
});

export const GetUserPolicy = action('GetUserPolicy', {
  allows: 'iam:GetUserPolicy',
  on: onUser,
  input: userPolicy,
  output: { ...userPolicy, ...document },
});

export const ListUserPolicies = action('ListUserPolicies', {
  allows: 'iam:ListUserPolicies',
  on: onUser,
  input: { ...user, ...pageInput },
  output: names,
});

export const DeleteUserPolicy = action('DeleteUserPolicy', {
  allows: 'iam:DeleteUserPolicy',
  on: onUser,
  input: userPolicy,
  output: {},
});

export const PutGroupPolicy = action('PutGroupPolicy', {
  allows: 'iam:PutGroupPolicy',
  on: onGroup,
  input: { ...groupPolicy, ...document },
  output: {},
});

export const GetGroupPolicy = action('GetGroupPolicy', {
  allows: 'iam:GetGroupPolicy',
  on: onGroup,
  input: groupPolicy,
  output: { ...groupPolicy, ...document },
});

export const ListGroupPolicies = action('ListGroupPolicies', {
  allows: 'iam:ListGroupPolicies',
  on: onGroup,
  input: { ...group, ...pageInput },
  output: names,
});

export const DeleteGroupPolicy = action('DeleteGroupPolicy', {
  allows: 'iam:DeleteGroupPolicy',
  on: onGroup,
  input: groupPolicy,
  output: {},
});

export const PutRolePolicy = action('PutRolePolicy', {
  allows: 'iam:PutRolePolicy',
  on: onRole,
  input: { ...rolePolicy, ...document },
  output: {},
});

export const GetRolePolicy = action('GetRolePolicy', {
  allows: 'iam:GetRolePolicy',
  on: onRole,
  input: rolePolicy,
  output: { ...rolePolicy, ...document },
});

export const ListRolePolicies = action('ListRolePolicies', {
  allows: 'iam:ListRolePolicies',
  on: onRole,
  input: { ...role, ...pageInput },
  output: names,
});

export const DeleteRolePolicy = action('DeleteRolePolicy', {
  allows: 'iam:DeleteRolePolicy',
  on: onRole,
  input: rolePolicy,
  output: {},
});
