import { readFile } from 'node:fs/promises';
import {
  parseAssertions,
  proveAll,
  type AssertionResult,
  type Assertions,
  type CounterExample,
  type Estate,
} from '../../../policy/index.ts';
import { CLIENT_FLAGS, clientFor } from '../../client/flags.ts';
import { EXIT, UsageError, type Call, type Command } from '../../command.ts';
import { accountOf, principalsOf, type AuthorizationDetails } from '../../estate/details.ts';
import { add, estateOfFiles, noPolicyFiles, readFolder } from '../../estate/folder.ts';
import { estateOfServer } from '../../estate/server.ts';
import type { Io } from '../../io.ts';
import { jsonOf } from '../../output/table.ts';

/** The account of files that do not say which; AWS's own examples have it. */
const EXAMPLE_ACCOUNT = '111122223333';

export const policyCheck: Command = {
  summary: 'Prove assertions about policies over all requests, or show one that breaks them.',
  examples: [
    'coffer policy check assertions.txt',
    'coffer policy check assertions.txt --policies iam/',
    'coffer policy check assertions.txt --identity user/alice=alice.json --bucket payroll=payroll.json',
    'aws iam get-account-authorization-details > all.json; \\\n' +
      '    coffer policy check assertions.txt --details all.json --bucket payroll=payroll.json',
  ],
  operands: ['assertions'],
  flags: {
    ...CLIENT_FLAGS,
    policies: 'Folder with users/, groups/, roles/ and buckets/, instead of a server',
    details: 'Answer of GetAccountAuthorizationDetails as JSON, instead of a server',
    identity: '(repeated) user/NAME=FILE, group/NAME=FILE or role/NAME=FILE',
    bucket: '(repeated) NAME=FILE with its policy, or NAME alone',
    account: `Account of the files (${EXAMPLE_ACCOUNT})`,
  },
  async run(call, io) {
    const [file = ''] = call.operands;
    const assertions = await assertionsIn(file, io);
    if (assertions === undefined) return EXIT.usage;
    const results = proveAll(await estateOf(call, io), assertions);
    if (call.flags['json'] !== undefined) io.out(jsonOf(results.map(toJson)));
    else io.out(results.map((result) => describe(file, result)).join(''));
    const kinds = new Set(results.map(({ outcome }) => outcome.kind));
    if (kinds.has('refuted')) return EXIT.failed;
    return kinds.has('unknown') ? EXIT.guarded : EXIT.done;
  },
};

async function assertionsIn(file: string, io: Io): Promise<Assertions | undefined> {
  const parsed = parseAssertions(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
  if (parsed.ok) return parsed.assertions;
  for (const { line, column, message } of parsed.faults) {
    io.err(`${file}:${line}:${column}: error: ${message}\n`);
  }
  return undefined;
}

async function estateOf(call: Call, io: Io): Promise<Estate> {
  const { policies, details, account } = call.flags;
  const identities = call.all('identity');
  const buckets = call.all('bucket');
  const isOfFiles = [policies, details].some((each) => each !== undefined);
  if (!isOfFiles && identities.length === 0 && buckets.length === 0) {
    using client = clientFor(call, io);
    return await estateOfServer(client);
  }
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new UsageError(`An account has twelve digits: ${account}`);
  }
  const files = noPolicyFiles();
  if (policies !== undefined) await readFolder(policies, files);
  for (const each of identities) {
    const [, kind, name = '', path = ''] = /^(user|group|role)\/([^=]+)=(.+)$/.exec(each) ?? [];
    if (kind !== 'user' && kind !== 'group' && kind !== 'role') {
      throw new UsageError(
        `--identity is user/NAME=FILE, group/NAME=FILE or role/NAME=FILE: ${each}`,
      );
    }
    add(files[kind], name, path);
  }
  for (const each of buckets) {
    const [name = '', ...path] = each.split('=');
    files.bucket.set(name, path.length === 0 ? undefined : path.join('='));
  }
  if (details === undefined) return estateOfFiles(files, account ?? EXAMPLE_ACCOUNT);
  const known = principalsOf(JSON.parse(await readFile(details, 'utf8')) as AuthorizationDetails);
  const [first] = [...known.users, ...known.roles];
  const own = account ?? (first === undefined ? EXAMPLE_ACCOUNT : accountOf(first.arn));
  const estate = await estateOfFiles(files, own);
  return {
    ...estate,
    users: [...known.users, ...estate.users],
    roles: [...known.roles, ...estate.roles],
  };
}

const WORDS = { proved: 'proved', refuted: 'REFUTED', unknown: 'unknown' } as const;

/** One line, and behind what is not proved the reason, indented. */
function describe(file: string, { assertion, outcome }: AssertionResult): string {
  const head = `${file}:${assertion.line}: ${WORDS[outcome.kind]}: ${assertion.text}\n`;
  if (outcome.kind === 'proved') return head;
  const lines = outcome.kind === 'unknown' ? outcome.reasons : exampleLines(outcome.by);
  return head + lines.map((line) => `    ${line}\n`).join('');
}

function exampleLines({ principal, action, resource, context, decision }: CounterExample) {
  const { effect, by, lacking } = decision;
  const policy = by && `${by.source.type} policy ${by.source.id}`;
  const statement = by && `statement ${by.sid ?? by.statementIndex + 1} of the ${policy}`;
  const reason =
    effect === 'Allow'
      ? `is allowed${statement === undefined ? '' : ` by ${statement}`}`
      : statement === undefined
        ? `is denied, because no ${lacking ?? 'identity-based'} policy allows it`
        : `is denied by ${statement}`;
  const keys = Object.entries(context).map(
    ([key, value]) => `with ${key} = ${[value].flat().join(', ')}`,
  );
  return [`${principal} asks for ${action} on ${resource}`, ...keys, `and ${reason}`];
}

function toJson({ assertion, outcome }: AssertionResult) {
  const { text, line } = assertion;
  if (outcome.kind === 'proved') return { line, assertion: text, outcome: outcome.kind };
  if (outcome.kind === 'unknown') {
    return { line, assertion: text, outcome: outcome.kind, reasons: outcome.reasons };
  }
  return { line, assertion: text, outcome: outcome.kind, counterExample: outcome.by };
}
