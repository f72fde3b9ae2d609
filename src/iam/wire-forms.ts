import {
  groupArn,
  instanceProfileArn,
  policyArn,
  roleArn,
  rootArn,
  userArn,
  type Group,
  type IdentityStore,
  type InstanceProfile,
  type ManagedPolicy,
  type Role,
  type Tags,
  type User,
} from '../identity/index.ts';

/** Entities as IAM's answers show them. */

export function toUser(user: User) {
  const { path, name, id, createdAtMs, passwordLastUsedAtMs } = user;
  return {
    Path: path,
    UserName: name,
    UserId: id,
    Arn: userArn(user),
    CreateDate: new Date(createdAtMs),
    ...(passwordLastUsedAtMs === undefined
      ? {}
      : { PasswordLastUsed: new Date(passwordLastUsedAtMs) }),
  };
}

/** Root is no user, but IAM shows it as one to itself. */
export async function toRoot(identity: IdentityStore, account: string) {
  const createdAtMs = (await identity.findAccount(account))?.createdAtMs ?? 0;
  return { Path: '/', UserId: account, Arn: rootArn(account), CreateDate: new Date(createdAtMs) };
}

/** With what listings leave out. */
export async function toUserInFull(identity: IdentityStore, user: User) {
  return { ...toUser(user), ...(await actorDetails(identity, user)) };
}

/** What listings leave out of users and roles alike. */
export async function actorDetails(
  identity: IdentityStore,
  { account, boundaryPolicyId, tags }: User | Role,
) {
  const boundary = boundaryPolicyId && (await identity.findPolicyById(account, boundaryPolicyId));
  return {
    ...(boundary
      ? {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'Policy',
            PermissionsBoundaryArn: policyArn(boundary),
          },
        }
      : {}),
    ...(tags.length > 0 ? { Tags: toTags(tags) } : {}),
  };
}

export async function toRole(identity: IdentityStore, role: Role) {
  const { path, name, id, createdAtMs, trustText, description, maxSessionSeconds } = role;
  return {
    Path: path,
    RoleName: name,
    RoleId: id,
    Arn: roleArn(role),
    CreateDate: new Date(createdAtMs),
    AssumeRolePolicyDocument: await identity.showPrincipals(trustText),
    ...(description === undefined ? {} : { Description: description }),
    MaxSessionDuration: maxSessionSeconds,
  };
}

/** With what listings leave out. A role that was never used has an empty RoleLastUsed. */
export async function toRoleInFull(identity: IdentityStore, role: Role) {
  const use = await identity.findKeyUse(role.id);
  return {
    ...(await toRole(identity, role)),
    ...(await actorDetails(identity, role)),
    RoleLastUsed: use === undefined ? {} : { LastUsedDate: new Date(use.atMs), Region: use.region },
  };
}

export async function toInstanceProfile(identity: IdentityStore, profile: InstanceProfile) {
  const { account, path, name, id, createdAtMs, roleId } = profile;
  const role = roleId === undefined ? undefined : await identity.findRoleById(account, roleId);
  return {
    Path: path,
    InstanceProfileName: name,
    InstanceProfileId: id,
    Arn: instanceProfileArn(profile),
    CreateDate: new Date(createdAtMs),
    Roles: role === undefined ? [] : [await toRole(identity, role)],
  };
}

/** With what listings leave out. */
export async function toInstanceProfileInFull(identity: IdentityStore, profile: InstanceProfile) {
  const { tags } = profile;
  return {
    ...(await toInstanceProfile(identity, profile)),
    ...(tags.length > 0 ? { Tags: toTags(tags) } : {}),
  };
}

export function toGroup(group: Group) {
  const { path, name, id, createdAtMs } = group;
  return {
    Path: path,
    GroupName: name,
    GroupId: id,
    Arn: groupArn(group),
    CreateDate: new Date(createdAtMs),
  };
}

export function toPolicy(policy: ManagedPolicy) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: policy.attachmentCount,
    PermissionsBoundaryUsageCount: policy.boundaryCount,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  };
}

/** With what listings leave out. */
export function toPolicyInFull(policy: ManagedPolicy) {
  const { description, tags } = policy;
  return {
    ...toPolicy(policy),
    ...(description === undefined ? {} : { Description: description }),
    ...(tags.length > 0 ? { Tags: toTags(tags) } : {}),
  };
}

export function toAttached(policy: ManagedPolicy) {
  return { PolicyName: policy.name, PolicyArn: policyArn(policy) };
}

export function toTags(tags: Tags) {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

export function fromTags(
  tags: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): Tags {
  return (tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
}
