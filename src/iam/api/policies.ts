import { action, boolean, list, oneOf, required } from '../../wire/index.ts';
import { onNewPolicy, onPolicy } from './resources.ts';
import {
  arn,
  pathPrefix,
  policyDescription,
  policyDocument,
  policyName,
  policyPath,
  policyVersionId,
} from './scalars.ts';
import {
  pageInput,
  pageOutput,
  Policy,
  PolicyVersion,
  Tag,
  tagKeyList,
  tagList,
} from './shapes.ts';

const policyInput = { PolicyArn: required(arn) } as const;
const versionInput = { ...policyInput, VersionId: required(policyVersionId) } as const;

export const CreatePolicy = action('CreatePolicy', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0 ? ['iam:CreatePolicy', 'iam:TagPolicy'] : ['iam:CreatePolicy'],
  on: onNewPolicy,
  input: {
    PolicyName: required(policyName),
    PolicyDocument: required(policyDocument),
    Path: policyPath,
    Description: policyDescription,
    Tags: tagList,
  },
  output: { Policy: required(Policy) },
});

export const GetPolicy = action('GetPolicy', {
  allows: 'iam:GetPolicy',
  on: onPolicy,
  input: policyInput,
  output: { Policy: required(Policy) },
});

/** Authorized on no particular resource, as AWS's table of actions has it. */
export const ListPolicies = action('ListPolicies', {
  allows: 'iam:ListPolicies',
  input: {
    Scope: oneOf('All', 'AWS', 'Local'),
    OnlyAttached: boolean,
    PathPrefix: pathPrefix,
    PolicyUsageFilter: oneOf('PermissionsPolicy', 'PermissionsBoundary'),
    ...pageInput,
  },
  output: { Policies: required(list(Policy)), ...pageOutput },
});

export const DeletePolicy = action('DeletePolicy', {
  allows: 'iam:DeletePolicy',
  on: onPolicy,
  input: policyInput,
  output: {},
});

export const CreatePolicyVersion = action('CreatePolicyVersion', {
  allows: 'iam:CreatePolicyVersion',
  on: onPolicy,
  input: { ...policyInput, PolicyDocument: required(policyDocument), SetAsDefault: boolean },
  output: { PolicyVersion: required(PolicyVersion) },
});

export const GetPolicyVersion = action('GetPolicyVersion', {
  allows: 'iam:GetPolicyVersion',
  on: onPolicy,
  input: versionInput,
  output: { PolicyVersion: required(PolicyVersion) },
});

export const ListPolicyVersions = action('ListPolicyVersions', {
  allows: 'iam:ListPolicyVersions',
  on: onPolicy,
  input: { ...policyInput, ...pageInput },
  output: { Versions: required(list(PolicyVersion)), ...pageOutput },
});

export const DeletePolicyVersion = action('DeletePolicyVersion', {
  allows: 'iam:DeletePolicyVersion',
  on: onPolicy,
  input: versionInput,
  output: {},
});

export const SetDefaultPolicyVersion = action('SetDefaultPolicyVersion', {
  allows: 'iam:SetDefaultPolicyVersion',
  on: onPolicy,
  input: versionInput,
  output: {},
});

export const TagPolicy = action('TagPolicy', {
  allows: 'iam:TagPolicy',
  on: onPolicy,
  input: { ...policyInput, Tags: required(tagList) },
  output: {},
});

export const UntagPolicy = action('UntagPolicy', {
  allows: 'iam:UntagPolicy',
  on: onPolicy,
  input: { ...policyInput, TagKeys: required(tagKeyList) },
  output: {},
});

export const ListPolicyTags = action('ListPolicyTags', {
  allows: 'iam:ListPolicyTags',
  on: onPolicy,
  input: { ...policyInput, ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
