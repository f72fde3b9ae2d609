import { policySize } from '../../size.ts';
import { COMPARED_MAX, perCondition, perStatement } from '../check.ts';
import type { Check, Fix } from '../finding.ts';
import { addMember, removeMember, removeSpan } from '../fix.ts';
import { type Subject, find } from '../subject.ts';

const CURRENT = '2012-10-17';
const ROOT = { path: '', offset: 0 };

/** The quota of each kind, in characters; white space does not count for identity and trust. */
const QUOTAS = { identity: 6144, trust: 2048, resource: 20_480 } as const;
const WHOSE = {
  identity: 'A managed policy',
  trust: 'A trust policy',
  resource: 'A bucket policy',
};

/** The document around its statements, and parts that are empty or told twice. */
export const DOCUMENT_CHECKS: readonly Check[] = [
  {
    code: 'MissingVersion',
    severity: 'warning',
    *find({ root }) {
      if (find(root, 'Version') !== undefined) return;
      const message = `A document without Version is read as of 2008-10-17, which knows no variables.`;
      yield { at: ROOT, message, fix: addMember(root, 'Version', CURRENT) };
    },
  },
  {
    code: 'OldVersion',
    severity: 'suggestion',
    *find(subject) {
      const version = find(subject.root, 'Version');
      if (version === undefined || subject.variables) return;
      const at = { path: '/Version', offset: version.value.offset };
      yield { at, message: `The current version is ${CURRENT}.`, fix: currentVersion(subject) };
    },
  },
  {
    code: 'VariableInOldVersion',
    severity: 'warning',
    *find(subject) {
      if (subject.variables) return;
      for (const { resources, conditions } of subject.statements) {
        const parts = [...(resources?.items ?? []), ...conditions.flatMap(({ values }) => values)];
        for (const part of parts) {
          const variable = /\$\{[^{}]+\}/.exec(part.value)?.[0];
          if (variable === undefined) continue;
          const message = `${variable} is plain text in this version of the language; variables need ${CURRENT}.`;
          yield { at: part, message, fix: currentVersion(subject) };
        }
      }
    },
  },
  {
    code: 'ExceedsQuota',
    severity: 'error',
    *find({ text, kind }) {
      const size = kind === 'resource' ? Buffer.byteLength(text) : policySize(text);
      if (size <= QUOTAS[kind]) return;
      const message = `${WHOSE[kind]} has at most ${QUOTAS[kind]} characters; these are ${size}.`;
      yield { at: ROOT, message };
    },
  },
  {
    code: 'RepeatedSid',
    severity: 'warning',
    *find({ statements }) {
      const seen = new Set<string>();
      for (const { sid } of statements) {
        if (sid === undefined || sid.value === '') continue;
        if (seen.has(sid.value)) {
          yield { at: sid, message: `Another statement has the Sid ${sid.value}.` };
        }
        seen.add(sid.value);
      }
    },
  },
  perStatement('EmptySid', 'suggestion', function* ({ sid, node }) {
    const member = find(node, 'Sid');
    if (sid?.value !== '' || member === undefined) return;
    yield { at: sid, message: 'An empty Sid names nothing.', fix: removeMember(node, member) };
  }),
  perStatement('EmptyCondition', 'suggestion', function* ({ node, at }) {
    const member = find(node, 'Condition');
    if (member?.value.kind !== 'object' || member.value.members.length > 0) return;
    const message = 'An empty Condition holds for every request.';
    const place = { path: `${at.path}/Condition`, offset: member.offset };
    yield { at: place, message, fix: removeMember(node, member) };
  }),
  perStatement('EmptyOperator', 'suggestion', function* ({ node, at }) {
    const block = find(node, 'Condition')?.value;
    if (block?.kind !== 'object') return;
    for (const member of block.members) {
      if (member.value.kind !== 'object' || member.value.members.length > 0) continue;
      const place = { path: `${at.path}/Condition/${member.key}`, offset: member.offset };
      const message = `${member.key} with no key holds for every request.`;
      yield { at: place, message, fix: removeMember(block, member) };
    }
  }),
  perCondition('EmptyValues', 'warning', function* ({ values, at, condition, key }) {
    if (values.length > 0) return;
    const { negated } = condition.operator;
    const message = `Nothing is listed for ${key.value}, so that the condition ${negated ? 'always' : 'never'} holds where the key is there.`;
    yield { at, message };
  }),
  perCondition('RepeatedValue', 'suggestion', function* ({ values }) {
    if (values.length > COMPARED_MAX) return;
    const seen = new Set<string>();
    for (const [index, part] of values.entries()) {
      if (seen.has(part.value)) {
        const fix = removeSpan(values, index, `Remove ${JSON.stringify(part.value)}`);
        yield { at: part, message: `${part.value} is listed twice.`, fix };
      }
      seen.add(part.value);
    }
  }),
];

function currentVersion({ root }: Subject): Fix {
  const version = find(root, 'Version');
  if (version === undefined) return addMember(root, 'Version', CURRENT);
  const { offset, end } = version.value;
  return {
    title: `Set Version to ${CURRENT}`,
    edits: [{ offset, end, text: JSON.stringify(CURRENT) }],
  };
}
