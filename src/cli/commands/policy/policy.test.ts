import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Explanation, LintFinding } from '../../../policy/index.ts';
import { EXIT, runCommand } from '../../command.ts';
import type { Io } from '../../io.ts';
import { policyExplain } from './explain.ts';
import { policyLint } from './lint.ts';
import { policySimulate } from './simulate.ts';

const folder = mkdtempSync(join(tmpdir(), 'coffer-policy-'));
after(() => rmSync(folder, { recursive: true }));

const REPORTS = 'arn:aws:s3:::reports';
const ANA = 'arn:aws:iam::111122223333:user/ana';

function fileOf(name: string, ...Statement: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 2));
  return path;
}

const identity = fileOf('identity.json', {
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:ListBucket'],
  Resource: [REPORTS, `${REPORTS}/*`],
});
const bucket = fileOf('bucket.json', {
  Sid: 'Open',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `${REPORTS}/public/*`,
  Condition: { Bool: { 'aws:SecureTransport': 'true' } },
});
const boundary = fileOf('boundary.json', { Effect: 'Allow', Action: 's3:List*', Resource: '*' });
const trust = fileOf('trust.json', {
  Effect: 'Allow',
  Principal: { AWS: '111122223333' },
  Action: 'sts:AssumeRole',
});
const misspelt = fileOf('misspelt.json', {
  Effect: 'Allow',
  Action: 's3:HeadBucket',
  Resource: `${REPORTS}`,
});
const broken = join(folder, 'broken.json');
writeFileSync(broken, '{"Statement": {"Efect": "Allow"}}');

/** Runs a command of words without blanks; what it printed, and its exit code. */
async function called(...lines: readonly string[]) {
  const words = lines.flatMap((line) => line.split(' '));
  const said = { out: '', err: '' };
  const io: Io = {
    environment: {},
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    ask: () => Promise.resolve(undefined),
    untilStopped: () => new Promise(() => {}),
  };
  const commands = {
    'policy lint': policyLint,
    'policy simulate': policySimulate,
    'policy explain': policyExplain,
  };
  const exit = await runCommand(commands, ['policy', ...words], io);
  return { exit, ...said };
}

describe('coffer policy lint', () => {
  test('a clean file says nothing', async () => {
    assert.deepEqual(await called('lint', identity, trust), { exit: EXIT.done, out: '', err: '' });
  });

  test('findings stand with file, line and column, and what would fix them', async () => {
    const { exit, out } = await called('lint', identity, misspelt);
    assert.equal(exit, EXIT.failed);
    assert.equal(
      out,
      `${misspelt}:6:17: error: There is no action s3:HeadBucket; the operation of that name is authorized as s3:ListBucket. [UnknownAction]\n` +
        '    fix: Write "s3:ListBucket"\n',
    );
  });

  test('the exit code goes by severity', async () => {
    const open = fileOf('open.json', {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `${REPORTS}/*`,
    });
    assert.equal((await called('lint', open)).exit, EXIT.failed);
    assert.equal((await called('lint', open, '--fail-on', 'error')).exit, EXIT.done);
    assert.equal((await called('lint', open, '--fail-on', 'suggestion')).exit, EXIT.failed);
    assert.equal((await called('lint', open, '--fail-on', 'x')).exit, EXIT.usage);
    assert.equal((await called('lint', broken, '--fail-on', 'error')).exit, EXIT.failed);
    assert.equal((await called('lint', join(folder, 'absent.json'))).exit, EXIT.failed);
  });

  test('the kind is told by the elements, or by the flag', async () => {
    const { out } = await called('lint', bucket, '--kind', 'identity');
    assert.match(out, /should not specify a principal/);
    assert.equal((await called('lint', bucket, '--kind', 'bucket')).exit, EXIT.usage);
  });

  test('as JSON, with the edits', async () => {
    const { out } = await called('lint', misspelt, '--json');
    const [finding] = JSON.parse(out) as readonly (LintFinding & { file: string })[];
    assert.equal(finding?.file, misspelt);
    assert.equal(finding.path, '/Statement/0/Action');
    assert.equal(finding.fix?.edits[0]?.text, '"s3:ListBucket"');
  });

  test('text that is no JSON is told with its reason', async () => {
    const path = join(folder, 'text.json');
    writeFileSync(path, '{"Statement": [}');
    const { out } = await called('lint', path);
    assert.match(out, /text\.json:1:16: error: .*A value is expected\. \[InvalidJson\]/);
  });
});

describe('coffer policy simulate', () => {
  test('every action on every resource, and what decided', async () => {
    const { exit, out } = await called(
      `simulate ${identity} ${bucket} --principal ${ANA}`,
      '--action s3:GetObject --action s3:PutObject',
      `--resource ${REPORTS}/a --resource ${REPORTS}/public/a`,
    );
    assert.equal(exit, EXIT.denied);
    const rows = out.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows.slice(1, -1), [
      ['s3:GetObject', `${REPORTS}/a`, 'Allow', `${identity}#1`],
      ['s3:GetObject', `${REPORTS}/public/a`, 'Allow', `${identity}#1`],
      ['s3:PutObject', `${REPORTS}/a`, 'ImplicitDeny', 'identity-based'],
      ['s3:PutObject', `${REPORTS}/public/a`, 'ImplicitDeny', 'identity-based'],
    ]);
  });

  test('who asks, context and boundary count', async () => {
    const anonymous = ['simulate', bucket, '--principal', 'anonymous', '--action', 's3:GetObject'];
    const resource = ['--resource', `${REPORTS}/public/a`];
    assert.equal((await called(...anonymous, ...resource)).exit, EXIT.denied);
    const secure = ['--context', 'aws:securetransport=true'];
    assert.equal((await called(...anonymous, ...resource, ...secure)).exit, EXIT.done);
    const bounded = ['simulate', identity, '--boundary', boundary, '--resource', REPORTS];
    assert.equal((await called(...bounded, '--action', 's3:ListBucket')).exit, EXIT.done);
    const { exit, out } = await called(...bounded, '--action', 's3:GetObject', '--json');
    assert.equal(exit, EXIT.denied);
    assert.equal((JSON.parse(out) as [{ lacking: string }])[0].lacking, 'permissions boundary');
  });

  test('an account that a trust policy names may take on the role, if it says so itself', async () => {
    const assume = ['simulate', trust, '--principal', ANA, '--action', 'sts:AssumeRole'];
    assert.equal((await called(...assume)).exit, EXIT.denied);
    const own = fileOf('own.json', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
    assert.equal((await called(...assume, own)).exit, EXIT.done);
  });

  test('calls that make no sense, and files that are no policy', async () => {
    assert.equal((await called('simulate', identity)).exit, EXIT.usage);
    const asking = ['simulate', identity, '--action', 's3:GetObject'];
    assert.equal((await called(...asking, '--principal', 'ana')).exit, EXIT.usage);
    assert.equal((await called(...asking, '--context', 'ana')).exit, EXIT.usage);
    const { exit, err } = await called('simulate', broken, '--action', 's3:GetObject');
    assert.equal(exit, EXIT.failed);
    assert.match(err, /broken\.json:1:16: error: .*\[UnknownElement\]/);
    const noted = await called('simulate', identity, '--action', 's3:HeadObject');
    assert.match(noted.err, /note: There is no action s3:HeadObject; .* as s3:GetObject/);
  });
});

describe('coffer policy explain', () => {
  const asking = ['explain', identity, '--principal', ANA, '--action', 's3:PutObject'];

  test('in sentences', async () => {
    const { exit, out } = await called(...asking, '--resource', `${REPORTS}/a`, '--full');
    assert.equal(exit, EXIT.denied);
    assert.deepEqual(out.split('\n').slice(0, 3), [
      `Denied: ${ANA} asks for s3:PutObject on ${REPORTS}/a.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:PutObject on ${REPORTS}/a in an identity-based policy of user ana.`,
    ]);
    assert.match(out, /yes Resource .*: arn:aws:s3:::reports\/a/);
  });

  test('as data', async () => {
    const { out } = await called(...asking, '--resource', `${REPORTS}/a`, '--json');
    const [explanation] = JSON.parse(out) as readonly Explanation[];
    assert.equal(explanation?.decision.lacking, 'identity-based');
    assert.equal(explanation.missing[0]?.statement.Action, 's3:PutObject');
  });
});
