import {
  action,
  boolean,
  integer,
  list,
  map,
  oneOf,
  required,
  string,
  struct,
  text,
} from '../../wire/index.ts';
import { arn, policyDocument } from './scalars.ts';
import { pageInput } from './shapes.ts';
import { onPolicySource } from './resources.ts';

const actionName = text({ min: 3, max: 128, examples: ['s3:GetObject', 'iam:CreateUser'] });
const resourceName = text({ min: 1, max: 2048, examples: ['*', 'arn:aws:s3:::bucket/key'] });
const contextKeyName = text({ min: 5, max: 256, examples: ['aws:CurrentTime', 's3:prefix'] });
const decision = oneOf('allowed', 'explicitDeny', 'implicitDeny');

const documents = list(policyDocument);
const ContextEntry = struct({
  ContextKeyName: contextKeyName,
  ContextKeyValues: list(string),
  ContextKeyType: oneOf(
    'string',
    'stringList',
    'numeric',
    'numericList',
    'boolean',
    'booleanList',
    'ip',
    'ipList',
    'binary',
    'binaryList',
    'date',
    'dateList',
  ),
});

const Position = struct({ Line: integer, Column: integer });
const Statement = struct({
  SourcePolicyId: string,
  SourcePolicyType: oneOf(
    'user',
    'group',
    'role',
    'aws-managed',
    'user-managed',
    'resource',
    'none',
  ),
  StartPosition: Position,
  EndPosition: Position,
});

/** What is said of one resource, and again of the action as a whole. */
const details = {
  MatchedStatements: list(Statement),
  MissingContextValues: list(contextKeyName),
  EvalDecisionDetails: map(decision),
  PermissionsBoundaryDecisionDetail: struct({ AllowedByPermissionsBoundary: boolean }),
} as const;

const simulationInput = {
  PermissionsBoundaryPolicyInputList: documents,
  ActionNames: required(list(actionName)),
  ResourceArns: list(resourceName),
  ResourcePolicy: policyDocument,
  ResourceOwner: resourceName,
  CallerArn: resourceName,
  ContextEntries: list(ContextEntry),
  ResourceHandlingOption: text({ min: 1, max: 64 }),
  ...pageInput,
} as const;

const simulationOutput = {
  EvaluationResults: list(
    struct({
      EvalActionName: required(actionName),
      EvalResourceName: resourceName,
      EvalDecision: required(decision),
      ...details,
      OrganizationsDecisionDetail: struct({ AllowedByOrganizations: boolean }),
      ResourceSpecificResults: list(
        struct({
          EvalResourceName: required(resourceName),
          EvalResourceDecision: required(decision),
          ...details,
        }),
      ),
    }),
  ),
  IsTruncated: boolean,
  Marker: pageInput.Marker,
} as const;

/** Authorized on no particular resource: it tells nothing of anybody. */
export const SimulateCustomPolicy = action('SimulateCustomPolicy', {
  allows: 'iam:SimulateCustomPolicy',
  input: {
    PolicyInputList: required(documents),
    OrderedOrganizationPolicyInputList: list(struct({ ServiceControlPolicyInputList: documents })),
    ...simulationInput,
  },
  output: simulationOutput,
});

const PolicyIdentifier = struct({
  PolicyType: oneOf('aws-managed', 'user-managed', 'inline', 'permission-boundary', 'scp', 'rcp'),
  PolicyArn: arn,
  InlinePolicyIdentifier: struct({
    PolicyName: required(string),
    AttachmentType: required(oneOf('user', 'group', 'role')),
    AttachmentName: required(string),
  }),
});

const sourceInput = { PolicySourceArn: required(arn), PolicyInputList: documents } as const;

export const SimulatePrincipalPolicy = action('SimulatePrincipalPolicy', {
  allows: 'iam:SimulatePrincipalPolicy',
  on: onPolicySource,
  input: { ...sourceInput, PolicyExclusionList: list(PolicyIdentifier), ...simulationInput },
  output: simulationOutput,
});

const keysOutput = { ContextKeyNames: list(contextKeyName) } as const;

export const GetContextKeysForCustomPolicy = action('GetContextKeysForCustomPolicy', {
  allows: 'iam:GetContextKeysForCustomPolicy',
  input: { PolicyInputList: required(documents) },
  output: keysOutput,
});

export const GetContextKeysForPrincipalPolicy = action('GetContextKeysForPrincipalPolicy', {
  allows: 'iam:GetContextKeysForPrincipalPolicy',
  on: onPolicySource,
  input: sourceInput,
  output: keysOutput,
});
