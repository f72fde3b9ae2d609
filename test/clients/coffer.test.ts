import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { openClient } from '../../src/cli/client/client.ts';
import { ServiceError } from '../../src/cli/client/errors.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';

describe('coffer', () => {
  let server: TestServer;
  let person: Workplace;
  const kept = new AsyncDisposableStack();
  const coffer = (words: string, options?: RunOptions): Promise<Ran> =>
    person.run(NODE, [MAIN, ...words.split(' ')], options);

  before(async () => {
    server = kept.use(await startServer());
    person = kept.use(openWorkplace());
    mkdirSync(person.path('work'));
  });
  after(() => kept.disposeAsync());

  test('configure tries the key, writes it into both files, and touches nothing else', async () => {
    person.write('.aws/config', '# mine\n[profile other]\nregion = x\n');
    const from = `--from ${server.data}/root-credentials --endpoint ${server.endpoint}`;
    const ran = await coffer(`configure --profile my.site ${from} --region eu-west-1`);
    assert.match(ran.stderr, /The server knows this key: arn:aws:iam::\d{12}:root/);
    assert.equal(
      readFileSync(person.path('.aws/config'), 'utf8'),
      '# mine\n[profile other]\nregion = x\n\n' +
        `[profile my.site]\nendpoint_url = ${server.endpoint}\nregion = eu-west-1\n`,
    );
    const credentials = readFileSync(person.path('.aws/credentials'), 'utf8');
    assert.ok(credentials.includes(`aws_secret_access_key = ${server.root.secretAccessKey}\n`));
    assert.equal(statSync(person.path('.aws/credentials')).mode & 0o777, 0o600);
  });

  test('whoami names the caller, as text and as JSON', async () => {
    const text = await coffer('whoami --profile my.site');
    assert.match(text.stdout, /^ARN +arn:aws:iam::\d{12}:root$/m);
    assert.match(text.stdout, new RegExp(`^Endpoint +${server.endpoint}$`, 'm'));
    const json = await coffer('whoami --json', { env: { AWS_PROFILE: 'my.site' } });
    assert.match(JSON.parse(json.stdout).Arn, /:root$/);
  });

  test('exit codes tell usage, configuration, refusal and failure apart', async () => {
    const key = `--access-key-id ${server.root.accessKeyId} --secret-access-key wrong`;
    const wrong = `configure --profile bad --endpoint ${server.endpoint} ${key}`;
    const cases: readonly [string, number, RegExp][] = [
      ['whoami --profile absent', 3, /error: There is no profile "absent"/],
      ['whoami', 3, /error: There are no credentials.*coffer configure/],
      ['whoami --profile', 2, /Try: coffer whoami --help/],
      ['whoami --profile my.site --profile my.site', 2, /more than once/],
      [`configure --profile bad --endpoint ${server.endpoint}`, 2, /Give the key/],
      [wrong, 3, /error: SignatureDoesNotMatch: .* \(request id [^)]+\)/],
      ['whoami --profile my.site --endpoint http://127.0.0.1:1', 1, /Could not reach.*REFUSED/],
    ];
    for (const [words, status, said] of cases) {
      const ran = await coffer(words, { status: 'any' });
      assert.deepEqual([words, ran.status, ran.stdout], [words, status, '']);
      assert.match(ran.stderr, said);
    }
    assert.ok(!readFileSync(person.path('.aws/config'), 'utf8').includes('bad'));
  });

  test('the client speaks IAM, page by page, and S3, whatever is in a key', async () => {
    const { accessKeyId, secretAccessKey } = server.root;
    using client = openClient(
      { endpoint: server.endpoint },
      {
        HOME: person.home,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    );
    for (const UserName of ['a', 'b', 'c']) {
      const made = await client.query('iam', 'CreateUser', {
        UserName,
        Tags: [{ Key: 'team', Value: 'red + blue' }],
      });
      assert.equal(made.textOf('User/UserName'), UserName);
    }
    const names: (string | undefined)[] = [];
    for await (const page of client.pages('ListUsers', { MaxItems: 1 })) {
      names.push(...page.members('Users').map((user) => user.textOf('UserName')));
    }
    assert.deepEqual(names, ['a', 'b', 'c']);
    await client.request({ method: 'PUT', bucket: 'client-bucket' });
    for (const key of ['a/../b', './x', '//y', 'ä ö+%41?#&=', 'z']) {
      await client.request({ method: 'PUT', bucket: 'client-bucket', key, body: key });
      const got = await client.request({ method: 'GET', bucket: 'client-bucket', key });
      assert.equal(Buffer.from(await got.bytes()).toString(), key);
    }
    const listing = await client.request({
      method: 'GET',
      bucket: 'client-bucket',
      query: { 'list-type': '2', prefix: 'a/', delimiter: undefined },
    });
    assert.match(Buffer.from(await listing.bytes()).toString(), /<Key>a\/\.\.\/b<\/Key>/);
    const stream = { length: 6, stream: chunksOf([Buffer.from('abc'), Buffer.from('def')]) };
    await client.request({ method: 'PUT', bucket: 'client-bucket', key: 's', body: stream });
    const refusals: readonly [() => Promise<unknown>, string, number][] = [
      [() => client.query('iam', 'GetUser', { UserName: 'nobody' }), 'NoSuchEntity', 5],
      [() => client.query('iam', 'CreateUser', { UserName: 'a' }), 'EntityAlreadyExists', 6],
      [() => client.request({ method: 'GET', bucket: 'client-bucket', key: 'no' }), 'NoSuchKey', 5],
      [() => client.request({ method: 'HEAD', bucket: 'absent-bucket' }), 'HTTP 404', 5],
    ];
    for (const [refused, code, exitCode] of refusals) {
      await assert.rejects(refused(), (error: ServiceError) => {
        assert.deepEqual([error.code, error.exitCode], [code, exitCode]);
        assert.match(error.message, /\(request id \S+\)$/);
        return true;
      });
    }
  });
});

async function* chunksOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}
