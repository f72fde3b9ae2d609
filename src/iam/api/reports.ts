import {
  action,
  blob,
  integer,
  isoDate,
  list,
  oneOf,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import { onArn } from './resources.ts';
import { arn, groupName, jobId, marker, path, policyName, serviceNamespace } from './scalars.ts';
import { pageInput, pageOutput } from './shapes.ts';

export const GenerateCredentialReport = action('GenerateCredentialReport', {
  allows: 'iam:GenerateCredentialReport',
  input: {},
  output: { State: oneOf('STARTED', 'INPROGRESS', 'COMPLETE'), Description: string },
});

export const GetCredentialReport = action('GetCredentialReport', {
  allows: 'iam:GetCredentialReport',
  input: {},
  output: { Content: blob, ReportFormat: oneOf('text/csv'), GeneratedTime: isoDate },
});

const granularity = oneOf('SERVICE_LEVEL', 'ACTION_LEVEL');
const jobStatus = oneOf('IN_PROGRESS', 'COMPLETED', 'FAILED');
const job = { JobId: required(jobId) } as const;
const jobOutput = {
  JobStatus: required(jobStatus),
  JobCreationDate: required(isoDate),
  JobCompletionDate: required(isoDate),
  Error: struct({ Message: required(string), Code: required(string) }),
} as const;

export const GenerateServiceLastAccessedDetails = action('GenerateServiceLastAccessedDetails', {
  allows: 'iam:GenerateServiceLastAccessedDetails',
  on: onArn,
  input: { Arn: required(arn), Granularity: granularity },
  output: { JobId: jobId },
});

export const GetServiceLastAccessedDetails = action('GetServiceLastAccessedDetails', {
  allows: 'iam:GetServiceLastAccessedDetails',
  input: { ...job, ...pageInput },
  output: {
    ...jobOutput,
    JobType: granularity,
    ServicesLastAccessed: required(
      list(
        struct({
          ServiceName: required(string),
          ServiceNamespace: required(serviceNamespace),
          LastAuthenticated: isoDate,
          LastAuthenticatedEntity: arn,
          LastAuthenticatedRegion: string,
          TotalAuthenticatedEntities: integer,
          TrackedActionsLastAccessed: list(
            struct({
              ActionName: string,
              LastAccessedEntity: arn,
              LastAccessedTime: isoDate,
              LastAccessedRegion: string,
            }),
          ),
        }),
      ),
    ),
    ...pageOutput,
  },
});

export const GetServiceLastAccessedDetailsWithEntities = action(
  'GetServiceLastAccessedDetailsWithEntities',
  {
    allows: 'iam:GetServiceLastAccessedDetailsWithEntities',
    input: { ...job, ServiceNamespace: required(serviceNamespace), ...pageInput },
    output: {
      ...jobOutput,
      EntityDetailsList: required(
        list(
          struct({
            EntityInfo: required(
              struct({
                Arn: required(arn),
                Name: required(groupName),
                Type: required(oneOf('USER', 'ROLE', 'GROUP')),
                Id: required(string),
                Path: path,
              }),
            ),
            LastAuthenticated: isoDate,
          }),
        ),
      ),
      ...pageOutput,
    },
  },
);

/** The one listing that takes no page size. */
export const ListPoliciesGrantingServiceAccess = action('ListPoliciesGrantingServiceAccess', {
  allows: 'iam:ListPoliciesGrantingServiceAccess',
  on: onArn,
  input: {
    Arn: required(arn),
    ServiceNamespaces: required(list(serviceNamespace, { min: 1, max: 200 })),
    Marker: marker,
  },
  output: {
    PoliciesGrantingServiceAccess: required(
      list(
        struct({
          ServiceNamespace: serviceNamespace,
          Policies: list(
            struct({
              PolicyName: required(policyName),
              PolicyType: required(oneOf('INLINE', 'MANAGED')),
              PolicyArn: arn,
              EntityType: oneOf('USER', 'ROLE', 'GROUP'),
              EntityName: groupName,
            }),
          ),
        }),
      ),
    ),
    ...pageOutput,
  },
});
