import { AWS_ACCOUNT, policyArn } from './arn.ts';

/**
 * Policies that AWS keeps for everybody and that people attach by ARN without looking: those whose
 * whole meaning lies within what is served here. They are the same in every account, cannot be
 * changed, and are not stored.
 */
export interface AwsManagedPolicy {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly text: string;
}

/** Actions allowed on every resource: those named, or all but those named. */
type Grant =
  | { readonly actions: readonly string[] }
  | { readonly allActionsBut: readonly string[] };

/** When this collection was put together: creation and update date of all of its policies. */
export const AWS_MANAGED_SINCE_MS = Date.UTC(2026, 0, 1);

/** The version that the wire shows; nothing here has ever been changed in place. */
export const AWS_MANAGED_VERSION = 1;

const READ_S3 = ['s3:Get*', 's3:List*', 's3:Describe*'];
const READ_IAM = ['iam:Get*', 'iam:List*', 'iam:Generate*', 'iam:Simulate*'];

export const AWS_MANAGED_POLICIES: readonly AwsManagedPolicy[] = [
  managed('ANPAIWMBCKSKIEE64ZLYK', 'AdministratorAccess', 'Every action on every resource.', [
    { actions: ['*'] },
  ]),
  managed(
    'ANPAJYRXTHIB4FOVS3ZXS',
    'PowerUserAccess',
    'Everything but the management of users, groups and their rights.',
    [
      // AWS has no service of this server's own actions, which tell what IAM's policies say.
      { allActionsBut: ['iam:*', 'organizations:*', 'account:*', 'coffer:*'] },
      {
        actions: ['iam:ListRoles', 'iam:CreateServiceLinkedRole', 'account:GetAccountInformation'],
      },
    ],
  ),
  managed(
    'ANPAILL3HVNFSB6DCOWYQ',
    'ReadOnlyAccess',
    'Looking at all that the services here hold, changing none of it.',
    [{ actions: [...READ_S3, ...READ_IAM, 'sts:GetAccessKeyInfo', 'sts:GetCallerIdentity'] }],
  ),
  managed(
    'ANPAIX2T3QCXHR2OGGCTO',
    'SecurityAudit',
    'Looking at how the services here are configured, not at the data.',
    [
      {
        actions: [
          's3:GetAccelerateConfiguration',
          's3:GetAccountPublicAccessBlock',
          's3:GetAnalyticsConfiguration',
          's3:GetBucket*',
          's3:GetEncryptionConfiguration',
          's3:GetInventoryConfiguration',
          's3:GetLifecycleConfiguration',
          's3:GetMetricsConfiguration',
          's3:GetObjectAcl',
          's3:GetObjectVersionAcl',
          's3:GetReplicationConfiguration',
          's3:ListAllMyBuckets',
          ...READ_IAM,
        ],
      },
    ],
  ),
  managed('ANPAIFIR6V6BVTRAHWINE', 'AmazonS3FullAccess', 'All of S3.', [{ actions: ['s3:*'] }]),
  managed('ANPAIZTJ4DXE7G6AGAE6M', 'AmazonS3ReadOnlyAccess', 'Listing and reading in S3.', [
    { actions: READ_S3 },
  ]),
  managed('ANPAI7XKCFMBPM3QQRRVQ', 'IAMFullAccess', 'All of IAM.', [{ actions: ['iam:*'] }]),
  managed('ANPAJKSO7NDY4T57MWDSQ', 'IAMReadOnlyAccess', 'Looking at everything in IAM.', [
    { actions: READ_IAM },
  ]),
  managed('ANPAJ4L4MM2A7QIEB56MS', 'IAMUserChangePassword', 'Changing the own console password.', [
    { actions: ['iam:ChangePassword', 'iam:GetAccountPasswordPolicy'] },
  ]),
];

const byArn = new Map(AWS_MANAGED_POLICIES.map((policy) => [policy.arn, policy]));
const byId = new Map(AWS_MANAGED_POLICIES.map((policy) => [policy.id, policy]));

export function awsManagedPolicyByArn(arn: string): AwsManagedPolicy | undefined {
  return byArn.get(arn);
}

export function awsManagedPolicyById(id: string): AwsManagedPolicy | undefined {
  return byId.get(id);
}

function managed(
  id: string,
  name: string,
  description: string,
  grants: readonly Grant[],
): AwsManagedPolicy {
  const path = '/';
  const document = {
    Version: '2012-10-17',
    Statement: grants.map((grant) => ({
      Effect: 'Allow',
      ...('actions' in grant ? { Action: grant.actions } : { NotAction: grant.allActionsBut }),
      Resource: '*',
    })),
  };
  return {
    id,
    arn: policyArn({ account: AWS_ACCOUNT, path, name }),
    name,
    path,
    description,
    text: JSON.stringify(document, undefined, 2),
  };
}
