import { action, list, oneOf, required, string, struct } from '../../wire/index.ts';
import { onGroup, onPolicy, onUser } from './resources.ts';
import { arn, groupName, pathPrefix, userName } from './scalars.ts';
import { AttachedPolicy, pageInput, pageOutput } from './shapes.ts';

const user = { UserName: required(userName) } as const;
const group = { GroupName: required(groupName) } as const;
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
    PolicyRoles: required(list(struct({ RoleName: string, RoleId: string }))),
    ...pageOutput,
  },
});
