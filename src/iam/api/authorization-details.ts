import {
  action,
  boolean,
  integer,
  isoDate,
  list,
  oneOf,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import { arn, groupName, path, policyDocument, policyName, roleName, userName } from './scalars.ts';
import {
  AttachedBoundary,
  InstanceProfile,
  pageInput,
  pageOutput,
  Policy,
  PolicyVersion,
  Role,
  Tag,
} from './shapes.ts';

/** All members are optional in these, unlike where the same things are shown one by one. */

const inlinePolicies = list(struct({ PolicyName: policyName, PolicyDocument: policyDocument }));
const attached = list(struct({ PolicyName: policyName, PolicyArn: arn }));
const actor = {
  Path: path,
  Arn: arn,
  CreateDate: isoDate,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: AttachedBoundary,
  Tags: list(Tag),
} as const;

export const GetAccountAuthorizationDetails = action('GetAccountAuthorizationDetails', {
  allows: 'iam:GetAccountAuthorizationDetails',
  input: {
    Filter: list(oneOf('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy')),
    ...pageInput,
  },
  output: {
    UserDetailList: required(
      list(
        struct({
          ...actor,
          UserName: userName,
          UserId: string,
          UserPolicyList: inlinePolicies,
          GroupList: list(groupName),
        }),
      ),
    ),
    GroupDetailList: required(
      list(
        struct({
          Path: path,
          GroupName: groupName,
          GroupId: string,
          Arn: arn,
          CreateDate: isoDate,
          GroupPolicyList: inlinePolicies,
          AttachedManagedPolicies: attached,
        }),
      ),
    ),
    RoleDetailList: required(
      list(
        struct({
          ...actor,
          RoleName: roleName,
          RoleId: string,
          AssumeRolePolicyDocument: policyDocument,
          InstanceProfileList: list(InstanceProfile),
          RolePolicyList: inlinePolicies,
          RoleLastUsed: Role.members.RoleLastUsed,
        }),
      ),
    ),
    Policies: required(
      list(
        struct({
          PolicyName: policyName,
          PolicyId: string,
          Arn: arn,
          Path: path,
          DefaultVersionId: Policy.members.DefaultVersionId.shape,
          AttachmentCount: integer,
          PermissionsBoundaryUsageCount: integer,
          IsAttachable: boolean,
          Description: string,
          CreateDate: isoDate,
          UpdateDate: isoDate,
          PolicyVersionList: list(PolicyVersion),
        }),
      ),
    ),
    ...pageOutput,
  },
});
