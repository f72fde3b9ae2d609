import { pageOf, type PolicyVersion } from '../../identity/index.ts';
import type * as api from '../api/policies.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest, slicePage } from '../paging.ts';
import { fromTags, toPolicy, toPolicyInFull, toTags } from '../wire-forms.ts';

export const createPolicy: IamHandler<typeof api.CreatePolicy> = async (
  { PolicyName, PolicyDocument, Path, Description, Tags },
  { identity, account },
) => {
  const policy = await identity.createPolicy(account, {
    name: PolicyName,
    path: Path,
    description: Description,
    text: PolicyDocument,
    tags: fromTags(Tags),
  });
  return { Policy: toPolicyInFull(policy) };
};

export const getPolicy: IamHandler<typeof api.GetPolicy> = async (
  { PolicyArn },
  { identity, account },
) => ({ Policy: toPolicyInFull(await identity.getPolicy(account, PolicyArn)) });

export const listPolicies: IamHandler<typeof api.ListPolicies> = async (
  { Scope, OnlyAttached, PathPrefix, PolicyUsageFilter, ...input },
  { identity, account },
) => {
  const page = await identity.listPolicies(account, {
    ...pageRequest(input),
    scope: Scope,
    onlyAttached: OnlyAttached,
    pathPrefix: PathPrefix,
    usage: PolicyUsageFilter,
  });
  return { Policies: page.items.map(toPolicy), ...pageAnswer(page) };
};

export const deletePolicy: IamHandler<typeof api.DeletePolicy> = async (
  { PolicyArn },
  { identity, account },
) => {
  await identity.deletePolicy(account, PolicyArn);
  return {};
};

export const createPolicyVersion: IamHandler<typeof api.CreatePolicyVersion> = async (
  { PolicyArn, PolicyDocument, SetAsDefault = false },
  { identity, account },
) => {
  const version = await identity.createPolicyVersion(
    account,
    PolicyArn,
    PolicyDocument,
    SetAsDefault,
  );
  return { PolicyVersion: toVersion(version) };
};

export const getPolicyVersion: IamHandler<typeof api.GetPolicyVersion> = async (
  { PolicyArn, VersionId },
  { identity, account },
) => {
  const version = await identity.getPolicyVersion(account, PolicyArn, VersionId);
  return { PolicyVersion: { Document: version.text, ...toVersion(version) } };
};

/** Newest first, as AWS has it. */
export const listPolicyVersions: IamHandler<typeof api.ListPolicyVersions> = async (
  { PolicyArn, ...input },
  { identity, account },
) => {
  const { versions, defaultVersion } = await identity.getPolicy(account, PolicyArn);
  const page = slicePage(versions.toReversed(), input);
  const Versions = page.items.map((version) =>
    toVersion({ ...version, isDefault: version.number === defaultVersion }),
  );
  return { Versions, ...pageAnswer(page) };
};

function toVersion({ number, isDefault, createdAtMs }: Omit<PolicyVersion, 'text'>) {
  return {
    VersionId: number,
    IsDefaultVersion: isDefault,
    CreateDate: new Date(createdAtMs),
  };
}

export const deletePolicyVersion: IamHandler<typeof api.DeletePolicyVersion> = async (
  { PolicyArn, VersionId },
  { identity, account },
) => {
  await identity.deletePolicyVersion(account, PolicyArn, VersionId);
  return {};
};

export const setDefaultPolicyVersion: IamHandler<typeof api.SetDefaultPolicyVersion> = async (
  { PolicyArn, VersionId },
  { identity, account },
) => {
  await identity.setDefaultPolicyVersion(account, PolicyArn, VersionId);
  return {};
};

export const tagPolicy: IamHandler<typeof api.TagPolicy> = async (
  { PolicyArn, Tags },
  { identity, account },
) => {
  await identity.tagPolicy(account, PolicyArn, fromTags(Tags));
  return {};
};

export const untagPolicy: IamHandler<typeof api.UntagPolicy> = async (
  { PolicyArn, TagKeys },
  { identity, account },
) => {
  await identity.untagPolicy(account, PolicyArn, TagKeys);
  return {};
};

export const listPolicyTags: IamHandler<typeof api.ListPolicyTags> = async (
  { PolicyArn, ...input },
  { identity, account },
) => {
  const { tags } = await identity.getPolicy(account, PolicyArn);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};
