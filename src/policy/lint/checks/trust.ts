import { perStatement } from '../check.ts';
import type { Check } from '../finding.ts';
import { replaceText } from '../fix.ts';
import type { ConditionPart, PrincipalPart, StatementPart, Subject } from '../subject.ts';

const WEB_IDENTITY = 'sts:AssumeRoleWithWebIdentity';
const SAML = 'sts:AssumeRoleWithSAML';

/** What a trust policy may allow at all. */
const TRUST_ACTIONS: ReadonlySet<string> = new Set([
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:setcontext',
  'sts:setsourceidentity',
  'sts:tagsession',
]);

/** Providers whose tokens are for anybody who has an account there. */
const SHARED_ISSUERS =
  /^(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|agent\.buildkite\.com|oidc\.circleci\.com|accounts\.google\.com|cognito-identity\.amazonaws\.com|graph\.facebook\.com|www\.amazon\.com)/;

/** The policies that say who may take on a role. */
export const TRUST_CHECKS: readonly Check[] = [
  perTrust('NotATrustAction', 'error', function* ({ actions }) {
    for (const item of actions.items) {
      if (TRUST_ACTIONS.has(item.value.toLowerCase()) || /^(?:\*$|sts:.*[*?])/.test(item.value)) {
        continue;
      }
      yield { at: item, message: 'A trust policy says only who may take on the role.' };
    }
  }),

  perTrust('TrustActionMismatch', 'error', function* (statement) {
    const { principals, actions } = statement;
    const [item] = actions.items;
    if (actions.items.length !== 1 || item === undefined || actions.negated) return;
    for (const principal of principals) {
      const needed = neededAction(principal);
      if (needed === undefined || item.value.includes('*')) continue;
      if (needed.toLowerCase() === item.value.toLowerCase()) continue;
      if (!/^sts:assumerole/i.test(item.value)) continue;
      const message = `${principal.value} takes on roles by ${needed}.`;
      yield { at: item, message, fix: replaceText(item, needed) };
    }
  }),

  perTrust('InvalidFederatedPrincipal', 'error', function* ({ principals }) {
    for (const item of principals) {
      if (item.type !== 'Federated' || issuerOf(item) !== undefined || isSaml(item)) continue;
      const message =
        'A federated principal is the ARN of an OIDC or SAML provider, or one that AWS knows by name.';
      yield { at: item, message };
    }
  }),

  perTrust('CanonicalUserInTrust', 'error', function* ({ principals }) {
    for (const item of principals) {
      if (item.type !== 'CanonicalUser') continue;
      yield { at: item, message: 'Trust policies know no canonical users.' };
    }
  }),

  perTrust('MissingAudience', 'security warning', function* (statement) {
    for (const item of webIdentities(statement)) {
      if (hasKey(statement, item, /^(?:aud|app_id|oaud)$/)) continue;
      const issuer = issuerOf(item);
      const message = `Tokens that ${issuer} gives to any application are accepted; a condition on ${issuer}:aud says to which.`;
      yield { at: item, message };
    }
  }),

  perTrust('MissingSubject', 'security warning', function* (statement) {
    for (const item of webIdentities(statement)) {
      const issuer = issuerOf(item) ?? '';
      if (!SHARED_ISSUERS.test(issuer) || hasKey(statement, item, /^(?!aud$|oaud$).+$/)) continue;
      const message = `Whoever has an account at ${issuer} is accepted; a condition on ${issuer}:sub says who.`;
      yield { at: item, message };
    }
  }),

  perTrust('SubjectTooWide', 'security warning', function* (statement) {
    for (const { key, values, condition } of statement.conditions) {
      if (!key.value.toLowerCase().endsWith(':sub') || condition.operator.test !== 'StringLike') {
        continue;
      }
      const wide = values.find(({ value }) => /^(?:\*|repo:\*.*|project_path:\*.*)$/.test(value));
      if (wide === undefined) continue;
      yield { at: wide, message: `${wide.value} is the subject of every owner's tokens.` };
    }
  }),

  perTrust('IssuerKeyMismatch', 'error', function* (statement) {
    const issuers = webIdentities(statement).flatMap((item) => issuerOf(item) ?? []);
    if (issuers.length === 0) return;
    for (const { key, at } of statement.conditions) {
      const issuer = issuerOfKey(key.value);
      if (issuer === undefined || issuers.includes(issuer)) continue;
      const message = `${key.value} is of another issuer than ${issuers.join(', ')}, and never there.`;
      yield { at, message };
    }
  }),

  perTrust('ForeignAccountWithoutExternalId', 'suggestion', function* (statement) {
    const accounts = new Set(
      statement.principals.flatMap(({ type, value }) =>
        type === 'AWS' ? (/(?:^|::)(\d{12})(?::root)?$/.exec(value)?.[1] ?? []) : [],
      ),
    );
    const [at] = statement.principals;
    if (accounts.size < 2 || at === undefined || statement.conditions.length > 0) return;
    const message =
      'Several whole accounts may take on this role; sts:ExternalId keeps one from being used by another.';
    yield { at, message };
  }),
];

function perTrust(
  code: string,
  severity: Check['severity'],
  find: (statement: StatementPart, subject: Subject) => ReturnType<Check['find']>,
): Check {
  return perStatement(code, severity, function* (statement, subject) {
    if (subject.kind === 'trust' && statement.statement.effect === 'Allow') {
      yield* find(statement, subject);
    }
  });
}

function isSaml({ type, value }: PrincipalPart): boolean {
  return type === 'Federated' && /^arn:[^:]*:iam::\d{12}:saml-provider\/./.test(value);
}

/** The issuer of a web identity provider, as its condition keys begin. */
function issuerOf({ type, value }: PrincipalPart): string | undefined {
  if (type !== 'Federated') return undefined;
  const provider = /^arn:[^:]*:iam::\d{12}:oidc-provider\/(.+)$/.exec(value)?.[1];
  return provider ?? (/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(value) ? value : undefined);
}

/** The part of a provider's key before its last colon; undefined for keys of AWS itself. */
function issuerOfKey(key: string): string | undefined {
  const issuer = key.slice(0, key.lastIndexOf(':'));
  return issuer.includes('.') ? issuer : undefined;
}

function webIdentities({ principals, actions }: StatementPart): readonly PrincipalPart[] {
  const isWeb = actions.items.some(({ value }) => /^(?:\*|sts:\*|sts:assumerole.*)$/i.test(value));
  return isWeb ? principals.filter((item) => issuerOf(item) !== undefined) : [];
}

function hasKey({ conditions }: StatementPart, item: PrincipalPart, claim: RegExp): boolean {
  const issuer = (issuerOf(item) ?? '').toLowerCase();
  return conditions.some(
    ({ key, condition }: ConditionPart) =>
      key.value.toLowerCase().startsWith(`${issuer}:`) &&
      claim.test(key.value.slice(issuer.length + 1).toLowerCase()) &&
      !condition.operator.negated &&
      !condition.operator.ifExists,
  );
}

function neededAction(principal: PrincipalPart): string | undefined {
  if (isSaml(principal)) return SAML;
  if (issuerOf(principal) !== undefined) return WEB_IDENTITY;
  return principal.type === 'AWS' || principal.type === 'Service' ? 'sts:AssumeRole' : undefined;
}
