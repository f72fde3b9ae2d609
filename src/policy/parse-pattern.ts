import { type FindingCode, LEGACY, LEGACY_ERROR, type Sentence } from './finding.ts';
import { parseTemplate } from './template.ts';

/** What IAM and S3 check of the patterns in `Action` and `Resource`. */

const VENDOR = /^[A-Za-z0-9.-]+$/;
const S3_INVALID_ACTION = 'Policy has invalid action';
const S3_INVALID_RESOURCE = 'Policy has invalid resource';

/** What is wrong with an action's form. Any name after the prefix is accepted. */
export function checkAction(action: string): Sentence | undefined {
  if (action === '*') return undefined;
  const [vendor = '', ...names] = action.split(':');
  const s3 = S3_INVALID_ACTION;
  if (names.length === 0) {
    const iam = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
    return { iam, s3 };
  }
  if (names.length > 1) return { iam: 'Actions/Condition can contain only one colon.', s3 };
  if (vendor === '*' || VENDOR.test(vendor)) return undefined;
  return { iam: `Vendor ${vendor} is not valid`, s3 };
}

interface ResourceFault {
  readonly code: FindingCode;
  readonly sentence: Sentence;
}

/** The kinds of resource that an ARN of IAM may name. */
const IAM_PATHS: readonly string[] = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

/** What is wrong with a resource's form: IAM accepts ARNs of the partition `aws`, and `*`. */
export function checkResource(resource: string, variables: boolean): ResourceFault | undefined {
  if (parseTemplate(resource, { variables, wildcards: true }) === undefined) {
    return { code: 'InvalidVariable', sentence: LEGACY };
  }
  const iam = resource === '*' ? undefined : checkArn(hideVariables(resource, variables), resource);
  if (iam === undefined) return undefined;
  return { code: 'InvalidResource', sentence: { iam, s3: S3_INVALID_RESOURCE } };
}

/** `${aws:username}` has a colon that divides nothing. */
function hideVariables(resource: string, variables: boolean): string {
  return variables ? resource.replace(/\$\{[^}]*\}/g, '*') : resource;
}

function checkArn(shape: string, resource: string): string | undefined {
  const [scheme, partition, service, ...rest] = shape.split(':');
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`;
  if (partition !== 'aws') {
    const [region = '*', account = '*', ...path] = rest;
    const vendor = rest.length === 0 ? service || '*' : service;
    const parts = [vendor, region, account, path.join(':') || '*'];
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${parts.join(':')}".`;
  }
  if (scheme !== 'arn') return `Resource ${resource} must be in ARN format or "*".`;
  if (service === undefined || /[*?]/.test(service)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.';
  }
  if (service === '') return LEGACY_ERROR;
  if (rest.length === 0) return undefined;
  const [region = '', account, ...path] = rest;
  if (service === 'iam' && region !== '' && region !== '*') {
    return `IAM resource ${resource} cannot contain region information.`;
  }
  // Access points live in a region and an account; buckets and objects in neither.
  if (service === 's3' && region !== '' && region !== '*' && !account) {
    return `Resource ${resource} can not contain region information.`;
  }
  if (path.length === 0) return LEGACY_ERROR;
  return service === 'iam' ? checkIamPath(path.join(':')) : undefined;
}

function checkIamPath(path: string): string | undefined {
  const [kind = ''] = path.split('/', 1);
  if (path === 'root' || /[*?]/.test(kind)) return undefined;
  if (IAM_PATHS.some((known) => path.startsWith(known))) return undefined;
  return `IAM resource path must either be "*" or start with ${IAM_PATHS.join(', ')}.`;
}
