import { action, list, oneOf, required, string, struct } from '../../wire/index.ts';
import { onGroup, onPolicy, onRole, onUser } from './resources.ts';
import { arn, groupName, pathPrefix, roleName, userName } from './scalars.ts';
import { AttachedPolicy, pageInput, pageOutput } from './shapes.ts';

const user = { UserName: required(userName) } as const;
const group = { GroupName: required(groupName) } as const;
const role = { RoleName: required(roleName) } as const;
const policy = { PolicyArn: required(arn) } as const;
const listing = { PathPrefix: pathPrefix, ...pageInput } as const;
const attached = { AttachedPolicies: required(list(AttachedPolicy)), ...pageOutput } as const;

export const AttachUserPolicy = action('AttachUserPolicy', {
  allows: 'iam:AttachUserPolicy',
  on: onUser,
  input: { ...user, ...policy },
  output: {},
});

export const DetachUserPolicy = action('DetachUserPolicy', {
  allows: 'iam:DetachUserPolicy',
  on: onUser,
  input: { ...user, ...policy },
  output: {},
});

export const ListAttachedUserPolicies = action('ListAttachedUserPolicies', {
  allows: 'iam:ListAttachedUserPolicies',
  on: onUser,
  input: { ...user, ...listing },
  output: attached,
});

export const AttachGroupPolicy = action('AttachGroupPolicy', {
  allows: 'iam:AttachGroupPolicy',
  on: onGroup,
  input: { ...group, ...policy },
  output: {},
});

export const DetachGroupPolicy = action('DetachGroupPolicy', {
  allows: 'iam:DetachGroupPolicy',
  on: onGroup,
  input: { ...group, ...policy },
  output: {},
});

export const ListAttachedGroupPolicies = action('ListAttachedGroupPolicies', {
  allows: 'iam:ListAttachedGroupPolicies',
  on: onGroup,
  input: { ...group, ...listing },
  output: attached,
});

export const AttachRolePolicy = action('AttachRolePolicy', {
  allows: 'iam:AttachRolePolicy',
  on: onRole,
  input: { ...role, ...policy },
  output: {},
});

export const DetachRolePolicy = action('DetachRolePolicy', {
  allows: 'iam:DetachRolePolicy',
  on: onRole,
  input: { ...role, ...policy },
  output: {},
});

export const ListAttachedRolePolicies = action('ListAttachedRolePolicies', {
  allows: 'iam:ListAttachedRolePolicies',
  on: onRole,
  input: { ...role, ...listing },
  output: attached,
});

export const ListEntitiesForPolicy = action('ListEntitiesForPolicy', {
  allows: 'iam:ListEntitiesForPolicy',
  on: onPolicy,
  input: {
    ...policy,
    EntityFilter: oneOf('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'),
    PolicyUsageFilter: oneOf('PermissionsPolicy', 'PermissionsBoundary'),
    ...listing,
  },
  output: {
    PolicyGroups: required(list(struct({ GroupName: groupName, GroupId: string }))),
    PolicyUsers: required(list(struct({ UserName: userName, UserId: string }))),
    PolicyRoles: required(list(struct({ RoleName: roleName, RoleId: string }))),
    ...pageOutput,
  },
});
