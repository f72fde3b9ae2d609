import { perStatement } from '../check.ts';
import type { Check, Found } from '../finding.ts';
import { replaceText } from '../fix.ts';
import type { Part, StatementPart } from '../subject.ts';

/** The ARNs of `Resource` and `NotResource`, one by one. */
export const ARN_CHECKS: readonly Check[] = [
  perArn('ArnAccountNotAllowed', 'error', function* (item, [service, region, account, name]) {
    if (service !== 's3' || account === '' || region !== '' || isAccessResource(name)) return;
    const message = 'ARNs of buckets and objects have no account.';
    yield { at: item, message, fix: replaceText(item, `arn:aws:s3:::${name}`) };
  }),

  perArn('ArnRegionNotAllowed', 'error', function* (item, [service, region, , name]) {
    if (service !== 's3' || region === '' || region === '*' || isAccessResource(name)) return;
    const message = 'ARNs of buckets and objects have no region.';
    yield { at: item, message, fix: replaceText(item, `arn:aws:s3:::${name}`) };
  }),

  perArn('ArnAccountMissing', 'error', function* (item, [service, , account]) {
    if (account !== '' || (service !== 'iam' && service !== 'sts')) return;
    yield { at: item, message: `ARNs of ${service} have an account.` };
  }),

  perArn('InvalidArnAccount', 'error', function* (item, [, , account]) {
    if (/^(\d{12}|aws|cloudfront|)$/.test(account) || /[*?$]/.test(account)) return;
    if (isPlaceholder(item.value)) return;
    yield { at: item, message: `${account} is no account: those have twelve digits.` };
  }),

  perArn('ImpossibleBucketName', 'error', function* (item, [service, region, account, name]) {
    if (service !== 's3' || region !== '' || account !== '') return;
    const [bucket = ''] = name.split('/', 1);
    if (/[*?$]/.test(bucket) || isPlaceholder(item.value) || BUCKET_NAME.test(bucket)) return;
    const message =
      'Bucket names are of 3 to 63 lower case letters, digits, dots and hyphens; none is called so.';
    yield { at: item, message };
  }),

  perArn('SlashAtEndOfBucket', 'warning', function* (item, [service, region, , name]) {
    if (service !== 's3' || region !== '' || !/^[^/]+\/$/.test(name)) return;
    const message = 'This names neither the bucket nor its objects, which are after a further *.';
    yield { at: item, message, fix: replaceText(item, `${item.value}*`) };
  }),

  perArn('SlashBeforeKey', 'warning', function* (item, [service, region, , name]) {
    if (service !== 's3' || region !== '' || !/^[^/]+\/\//.test(name)) return;
    const message = 'Only keys that begin with a slash are meant by this, and few do.';
    yield { at: item, message, fix: replaceText(item, item.value.replace('//', '/')) };
  }),

  perStatement('PlaceholderLeft', 'warning', function* (statement) {
    for (const item of [...(statement.resources?.items ?? []), ...statement.principals]) {
      const placeholder = PLACEHOLDER.exec(item.value)?.[0];
      if (placeholder === undefined) continue;
      yield { at: item, message: `${placeholder} stands for a name that is still to be put in.` };
    }
  }),
];

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Names that guides use where the reader's own belong. */
const PLACEHOLDER =
  /<[^<>]+>|(?<!\$)\{[a-z][\w -]*\}|\byour[-_]bucket(?:[-_]name)?\b|DOC-EXAMPLE-BUCKET\d*|amzn-s3-demo-[\w-]*|\baccount[-_]?id\b/i;

function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Access points and the like do live in a region and an account. */
function isAccessResource(name: string): boolean {
  return /^(accesspoint|access-grants|job|storage-lens|storage-lens-group|async-request|\*)\b/.test(
    name,
  );
}

type ArnParts = readonly [service: string, region: string, account: string, name: string];

function perArn(
  code: string,
  severity: Check['severity'],
  find: (item: Part, parts: ArnParts) => Iterable<Found>,
): Check {
  return perStatement(code, severity, function* ({ resources }: StatementPart) {
    for (const item of resources?.items ?? []) {
      const [, , service = '', region = '', account = '', ...name] = item.value.split(':');
      if (item.value === '*' || name.length === 0) continue;
      yield* find(item, [service, region, account, name.join(':')]);
    }
  });
}
