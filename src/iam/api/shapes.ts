import { boolean, integer, isoDate, list, required, string, struct } from '../../wire/index.ts';
import {
  accessKeyId,
  arn,
  groupName,
  keyStatus,
  marker,
  instanceProfileName,
  maxItems,
  maxSessionSeconds,
  path,
  policyDocument,
  policyName,
  policyVersionId,
  roleDescription,
  roleName,
  tagKey,
  tagValue,
  userName,
} from './scalars.ts';

/** What several operations take or answer. */

const TAGS_MAX = 50;

export const Tag = struct({ Key: required(tagKey), Value: required(tagValue) });
export const tagList = list(Tag, { max: TAGS_MAX });
export const tagKeyList = list(tagKey, { max: TAGS_MAX });

export const AttachedBoundary = struct({
  PermissionsBoundaryType: required(string),
  PermissionsBoundaryArn: required(arn),
});

export const User = struct({
  Path: required(path),
  /** Root has none. */
  UserName: userName,
  UserId: required(string),
  Arn: required(arn),
  CreateDate: required(isoDate),
  PasswordLastUsed: isoDate,
  PermissionsBoundary: AttachedBoundary,
  Tags: list(Tag),
});

export const Role = struct({
  Path: required(path),
  RoleName: required(roleName),
  RoleId: required(string),
  Arn: required(arn),
  CreateDate: required(isoDate),
  AssumeRolePolicyDocument: policyDocument,
  Description: roleDescription,
  MaxSessionDuration: maxSessionSeconds,
  PermissionsBoundary: AttachedBoundary,
  Tags: list(Tag),
  RoleLastUsed: struct({ LastUsedDate: isoDate, Region: string }),
});

export const Group = struct({
  Path: required(path),
  GroupName: required(groupName),
  GroupId: required(string),
  Arn: required(arn),
  CreateDate: required(isoDate),
});

export const InstanceProfile = struct({
  Path: required(path),
  InstanceProfileName: required(instanceProfileName),
  InstanceProfileId: required(string),
  Arn: required(arn),
  CreateDate: required(isoDate),
  Roles: required(list(Role)),
  Tags: list(Tag),
});

export const Policy = struct({
  PolicyName: required(policyName),
  PolicyId: required(string),
  Arn: required(arn),
  Path: required(path),
  DefaultVersionId: required(policyVersionId),
  AttachmentCount: required(integer),
  PermissionsBoundaryUsageCount: required(integer),
  IsAttachable: required(boolean),
  Description: string,
  CreateDate: required(isoDate),
  UpdateDate: required(isoDate),
  Tags: list(Tag),
});

export const PolicyVersion = struct({
  Document: policyDocument,
  VersionId: required(policyVersionId),
  IsDefaultVersion: required(boolean),
  CreateDate: required(isoDate),
});

export const AttachedPolicy = struct({
  PolicyName: required(policyName),
  PolicyArn: required(arn),
});

export const AccessKeyMetadata = struct({
  UserName: userName,
  AccessKeyId: required(accessKeyId),
  Status: required(keyStatus),
  CreateDate: required(isoDate),
});

/** Members of every operation that lists in pages. */
export const pageInput = { Marker: marker, MaxItems: maxItems } as const;
export const pageOutput = { IsTruncated: required(boolean), Marker: marker } as const;
