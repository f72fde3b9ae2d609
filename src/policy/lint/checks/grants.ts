import { actionsMatching } from '../catalog/catalog.ts';
import { named, perStatement } from '../check.ts';
import type { Check } from '../finding.ts';
import { replaceText } from '../fix.ts';
import { coversAction } from '../pattern-sets.ts';
import type { Part, StatementPart } from '../subject.ts';

/** Grants of identity policies that give far more than they seem to. */
export const GRANT_CHECKS: readonly Check[] = [
  perGrant('FullAccess', 'security warning', function* ({ actions, resources }) {
    const all = actions.items.find(({ value }) => value === '*' || value === '*:*');
    if (all === undefined || !isEverywhere(resources?.items)) return;
    yield { at: all, message: 'Every action on every resource is allowed.' };
  }),

  perGrant('FullIamAccess', 'security warning', function* ({ actions, resources }) {
    const all = actions.items.find(({ value }) => value.toLowerCase() === 'iam:*');
    if (all === undefined || !isEverywhere(resources?.items)) return;
    const message = 'Whoever may do everything in IAM may give himself everything else.';
    yield { at: all, message };
  }),

  perGrant('PrivilegeEscalation', 'security warning', function* (statement) {
    const { actions, resources, conditions } = statement;
    if (!isEverywhere(resources?.items) || conditions.length > 0) return;
    for (const item of actions.items) {
      if (/^(?:\*|\*:\*|iam:\*)$/i.test(item.value)) continue;
      const found = actionsMatching(item.value).filter(({ name }) => ESCALATING.has(name));
      if (found.length === 0) continue;
      const names = found.map(({ name }) => name);
      const message = `By ${named(names)} on everybody, one may raise oneself to any right.`;
      yield { at: item, message };
    }
  }),

  perGrant('PassRoleWithStar', 'security warning', function* (statement) {
    const item = naming(statement, 'iam:PassRole');
    if (item === undefined || !isEverywhere(statement.resources?.items)) return;
    if (hasCondition(statement, 'iam:passedtoservice')) return;
    const message =
      'Every role can be passed to every service; name the roles, or iam:PassedToService.';
    yield { at: item, message };
  }),

  perGrant('ServiceLinkedRoleWithStar', 'security warning', function* (statement) {
    const item = naming(statement, 'iam:CreateServiceLinkedRole');
    if (item === undefined || !isEverywhere(statement.resources?.items)) return;
    if (hasCondition(statement, 'iam:awsservicename')) return;
    const message = 'Roles for every service can be made; iam:AWSServiceName says for which.';
    yield { at: item, message };
  }),

  perGrant('AssumeAnyRole', 'security warning', function* (statement) {
    const item = naming(statement, 'sts:AssumeRole');
    if (item === undefined || !isEverywhere(statement.resources?.items)) return;
    if (statement.conditions.length > 0) return;
    const message = 'Every role that trusts this account can be taken on.';
    yield { at: item, message };
  }),

  perGrant('BypassGovernance', 'security warning', function* (statement) {
    const item = statement.actions.items.find(
      ({ value }) => value.toLowerCase() === 's3:bypassgovernanceretention',
    );
    if (item === undefined || !isEverywhere(statement.resources?.items)) return;
    const message = 'Locked objects of every bucket can be deleted before their time.';
    yield { at: item, message };
  }),

  perGrant('OpensEveryBucket', 'security warning', function* (statement) {
    const { actions, resources, conditions } = statement;
    if (!isEverywhere(resources?.items) || conditions.length > 0) return;
    for (const item of actions.items) {
      if (!BUCKET_OPENING.has(item.value.toLowerCase())) continue;
      const message = `By ${item.value} every bucket can be opened to everybody.`;
      yield { at: item, message };
    }
  }),

  perStatement('DenyOfNothing', 'warning', function* ({ statement, resources, actions }) {
    // Deny with NotAction "*" or NotResource "*" leaves nothing to deny.
    if (statement.effect !== 'Deny') return;
    for (const list of [actions, resources]) {
      const all = list?.negated === true && list.items.find(({ value }) => value === '*');
      if (!all) continue;
      const message = `${list?.name} of * leaves nothing over, so that this denies nothing.`;
      yield { at: all, message };
    }
  }),

  perStatement('AllowOfNothing', 'error', function* ({ statement, resources, actions }) {
    if (statement.effect !== 'Allow') return;
    for (const list of [actions, resources]) {
      const all = list?.negated === true && list.items.find(({ value }) => value === '*');
      if (!all || list === undefined) continue;
      const message = `${list.name} of * leaves nothing over, so that this allows nothing.`;
      const proper = list.name.slice('Not'.length);
      const { offset, end } = list.member;
      const name: Part = { path: list.at.path, offset, end, value: list.name };
      yield { at: all, message, fix: replaceText(name, proper) };
    }
  }),
];

/** Rights over identities that can be turned into any right. */
const ESCALATING: ReadonlySet<string> = new Set([
  'iam:AddUserToGroup',
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreatePolicyVersion',
  'iam:DeleteRolePermissionsBoundary',
  'iam:DeleteUserPermissionsBoundary',
  'iam:PutGroupPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
]);

const BUCKET_OPENING: ReadonlySet<string> = new Set([
  's3:putaccountpublicaccessblock',
  's3:putbucketacl',
  's3:putbucketpolicy',
  's3:putbucketpublicaccessblock',
]);

/** Allow statements of identity policies that list their actions. */
function perGrant(
  code: string,
  severity: Check['severity'],
  find: (statement: StatementPart) => ReturnType<Check['find']>,
): Check {
  return perStatement(code, severity, function* (statement, { kind }) {
    const { actions } = statement;
    if (kind !== 'identity' || statement.statement.effect !== 'Allow' || actions.negated) return;
    if (statement.resources?.negated === false) yield* find(statement);
  });
}

function isEverywhere(resources: readonly Part[] | undefined): boolean {
  return (
    resources?.some(({ value }) => /^(?:\*|arn:aws:(?:iam|s3)::[^:]*:\*)$/.test(value)) === true
  );
}

/** What names an action, unless it names everything and is told of elsewhere. */
function naming({ actions }: StatementPart, action: string): Part | undefined {
  return actions.items.find(
    ({ value }) => !/^(?:\*|\*:\*|iam:\*)$/i.test(value) && coversAction(value, action),
  );
}

function hasCondition({ conditions }: StatementPart, key: string): boolean {
  return conditions.some((condition) => condition.key.value.toLowerCase() === key);
}
