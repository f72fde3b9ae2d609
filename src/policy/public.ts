import type { PolicyCondition, PolicyDocument, PolicyStatement } from './document.ts';
import { parseAddressRange } from './address.ts';
import type { CompiledPolicy } from './compile.ts';
import { parseTemplate } from './template.ts';

/**
 * AWS's 'The meaning of "public"' ("Blocking public access to your Amazon S3 storage"): a policy
 * is taken for public until each of its Allow statements is seen to grant to fixed values only,
 * of a principal or of a condition key that nobody can choose for himself. Fixed means without
 * wildcards and variables. Denials are left out of account, as AWS does.
 */
export function isPublicPolicy(policy: CompiledPolicy | PolicyDocument): boolean {
  const document = 'document' in policy ? policy.document : policy;
  const variables = document.version === '2012-10-17';
  return document.statements.some(
    (statement) => statement.effect === 'Allow' && isPublicStatement(statement, variables),
  );
}

function isPublicStatement(statement: PolicyStatement, variables: boolean): boolean {
  const { principals } = statement;
  if (principals === undefined) return false;
  const anybody = principals.everyone || principals.negated;
  const anyService = principals.service.includes('*');
  if (!anybody && !anyService) return false;
  return !statement.conditions.some((condition) => restricts(condition, variables));
}

/** The keys whose values are given by AWS and trusted, as the page lists them. */
const TRUSTED_KEYS: ReadonlySet<string> = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpcarn',
  'aws:sourcevpce',
  'aws:userid',
  'aws:vpceaccount',
  'aws:vpceorgid',
  'aws:vpceorgpaths',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
]);

/** Whether a condition alone keeps strangers out. */
function restricts(condition: PolicyCondition, variables: boolean): boolean {
  const { operator, values } = condition;
  const key = condition.key.toLowerCase();
  // Such operators also hold for a request that lacks the key.
  if (operator.negated || operator.ifExists || operator.quantifier === 'ForAllValues') return false;
  if (values.length === 0) return true;
  if (operator.test === 'IpAddress') {
    return key === 'aws:sourceip' && values.every(isNarrowRange);
  }
  if (!TRUSTED_KEYS.has(key)) return false;
  switch (operator.test) {
    case 'StringEquals':
    case 'StringEqualsIgnoreCase':
      return values.every((value) => isFixed(value, variables, false));
    case 'StringLike':
    case 'ArnLike':
      return key === 's3:dataaccesspointarn'
        ? values.every((value) => isFixedAccessPoint(value, variables))
        : values.every((value) => isFixed(value, variables, true));
    default:
      return false;
  }
}

function isFixed(value: string, variables: boolean, wildcards: boolean): boolean {
  const template = parseTemplate(value, { variables, wildcards });
  return template?.every((part) => part.kind === 'text') === true;
}

/** The components of an ARN that come before its name: all but the last must be fixed. */
const ARN_NAME_COMPONENT = 5;

/** An access point's name may have wildcards as long as its account is fixed. */
function isFixedAccessPoint(value: string, variables: boolean): boolean {
  const components = value.split(':');
  const account = components[ARN_NAME_COMPONENT - 1];
  return account !== undefined && account !== '' && isFixed(account, variables, true);
}

/** Ranges wider than these are the whole world to AWS. */
const V4_PREFIX_MIN = 8;
const V6_PREFIX_MIN = 32;

function isNarrowRange(value: string): boolean {
  const range = parseAddressRange(value);
  if (range === undefined) return true;
  return range.prefixLength >= (range.version === 4 ? V4_PREFIX_MIN : V6_PREFIX_MIN);
}
