import { parseIamArn, type PolicyEntity } from '../../identity/index.ts';
import type { Input } from '../../wire/index.ts';
import type * as api from '../api/attachments.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { toAttached } from '../wire-forms.ts';

export const attachUserPolicy: IamHandler<typeof api.AttachUserPolicy> = async (
  { UserName, PolicyArn },
  { identity, account },
) => {
  await identity.attachUserPolicy(account, UserName, PolicyArn);
  return {};
};

export const detachUserPolicy: IamHandler<typeof api.DetachUserPolicy> = async (
  { UserName, PolicyArn },
  { identity, account },
) => {
  await identity.detachUserPolicy(account, UserName, PolicyArn);
  return {};
};

export const listAttachedUserPolicies: IamHandler<typeof api.ListAttachedUserPolicies> = async (
  { UserName, PathPrefix, ...input },
  { identity, account },
) => {
  const request = { ...pageRequest(input), pathPrefix: PathPrefix };
  const page = await identity.listAttachedUserPolicies(account, UserName, request);
  return { AttachedPolicies: page.items.map(toAttached), ...pageAnswer(page) };
};

export const attachGroupPolicy: IamHandler<typeof api.AttachGroupPolicy> = async (
  { GroupName, PolicyArn },
  { identity, account },
) => {
  await identity.attachGroupPolicy(account, GroupName, PolicyArn);
  return {};
};

export const detachGroupPolicy: IamHandler<typeof api.DetachGroupPolicy> = async (
  { GroupName, PolicyArn },
  { identity, account },
) => {
  await identity.detachGroupPolicy(account, GroupName, PolicyArn);
  return {};
};

export const listAttachedGroupPolicies: IamHandler<typeof api.ListAttachedGroupPolicies> = async (
  { GroupName, PathPrefix, ...input },
  { identity, account },
) => {
  const request = { ...pageRequest(input), pathPrefix: PathPrefix };
  const page = await identity.listAttachedGroupPolicies(account, GroupName, request);
  return { AttachedPolicies: page.items.map(toAttached), ...pageAnswer(page) };
};

export const attachRolePolicy: IamHandler<typeof api.AttachRolePolicy> = async (
  { RoleName, PolicyArn },
  { identity, account },
) => {
  await identity.attachRolePolicy(account, RoleName, PolicyArn);
  return {};
};

export const detachRolePolicy: IamHandler<typeof api.DetachRolePolicy> = async (
  { RoleName, PolicyArn },
  { identity, account },
) => {
  await identity.detachRolePolicy(account, RoleName, PolicyArn);
  return {};
};

export const listAttachedRolePolicies: IamHandler<typeof api.ListAttachedRolePolicies> = async (
  { RoleName, PathPrefix, ...input },
  { identity, account },
) => {
  const request = { ...pageRequest(input), pathPrefix: PathPrefix };
  const page = await identity.listAttachedRolePolicies(account, RoleName, request);
  return { AttachedPolicies: page.items.map(toAttached), ...pageAnswer(page) };
};

export const listEntitiesForPolicy: IamHandler<typeof api.ListEntitiesForPolicy> = async (
  { PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter, ...input },
  { identity, account },
) => {
  const page = await identity.listPolicyEntities(account, PolicyArn, {
    ...pageRequest(input),
    kinds: kindsOf(EntityFilter, PolicyArn),
    pathPrefix: PathPrefix,
    usage: PolicyUsageFilter,
  });
  const of = (kind: PolicyEntity['kind']) =>
    page.items.filter((item) => item.kind === kind).map(({ entity }) => entity);
  return {
    PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...pageAnswer(page),
  };
};

type EntityFilter = Input<typeof api.ListEntitiesForPolicy>['EntityFilter'];

const ALL_KINDS: readonly PolicyEntity['kind'][] = ['group', 'role', 'user'];

function kindsOf(filter: EntityFilter, arn: string): readonly PolicyEntity['kind'][] {
  const isProvided = parseIamArn(arn)?.account === 'aws';
  switch (filter) {
    case 'User':
      return ['user'];
    case 'Group':
      return ['group'];
    case 'Role':
      return ['role'];
    case 'LocalManagedPolicy':
      return isProvided ? [] : ALL_KINDS;
    case 'AWSManagedPolicy':
      return isProvided ? ALL_KINDS : [];
    case undefined:
      return ALL_KINDS;
  }
}
