import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { NODE } from '../harness/checkout.ts';
import { newIssuerKey, signToken, startIssuer } from '../../src/sts/testing/issuer.suite.ts';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findOtherProgram, findProgram, findPythons, need } from '../harness/clients.ts';
import type { Credentials, TestServer } from '../harness/server.ts';
import { startServer } from '../harness/server.ts';
import { signedClient } from '../harness/signed-client.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

const document = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const READ = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/*' };

interface Session extends Credentials {
  readonly sessionToken: string;
}

/** boto3's way from a profile, or from a token file, to a role: its own provider does the asking. */
const BOTO3 = `
import botocore.session, sys
from botocore.credentials import AssumeRoleCredentialFetcher, AssumeRoleWithWebIdentityCredentialFetcher, DeferredRefreshableCredentials
endpoint, role, token = sys.argv[1:4]
session = botocore.session.get_session()
def client(service, **kwargs):
    kwargs.setdefault('region_name', 'us-east-1')
    return session.create_client(service, endpoint_url=endpoint, **kwargs)
if token:
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(client, lambda: open(token).read(), role, extra_args={'RoleSessionName': 'boto'})
else:
    fetcher = AssumeRoleCredentialFetcher(client, session.get_credentials(), role, extra_args={'RoleSessionName': 'boto'})
session._credentials = DeferredRefreshableCredentials(method='test', refresh_using=fetcher.fetch_credentials)
print(client('s3').get_object(Bucket='data', Key='k')['Body'].read().decode())
print(client('sts').get_caller_identity()['Arn'])
try:
    client('s3').put_object(Bucket='data', Key='k', Body=b'x')
except Exception as error:
    print(error.response['Error']['Code'])
`;

const BOTO2 = `
import sys, urllib.request
from boto.exception import S3ResponseError
from boto.s3.connection import OrdinaryCallingFormat, S3Connection
port, key, secret, token = sys.argv[1:5]
s3 = S3Connection(key, secret, security_token=token, host='127.0.0.1', port=int(port), is_secure=False, calling_format=OrdinaryCallingFormat())
object = s3.get_bucket('data', validate=False).get_key('k', validate=False)
try:
    print(object.get_contents_as_string().decode())
    print(urllib.request.urlopen(object.generate_url(60)).read().decode())
    object.set_contents_from_string('x')
except S3ResponseError as error:
    print(error.error_code)
`;

const SDK = `
import { S3Client, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
const s3 = new S3Client({ region: 'us-east-1', forcePathStyle: true });
const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'data', Key: 'k' }));
console.log(await Body.transformToString());
console.log((await new STSClient({ region: 'us-east-1' }).send(new GetCallerIdentityCommand())).Arn);
await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'k' })).catch((error) => console.log(error.name));
`;

describe('roles and sessions through AWS’s own clients', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let account: string;
  let bob: Credentials;
  let home: Workplace;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  const kept = new AsyncDisposableStack();
  const key = newIssuerKey('k', 'RS256');
  const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

  async function makeRole(name: string, trust: object): Promise<string> {
    const create = ['iam', 'create-role', '--role-name', name, '--assume-role-policy-document'];
    await admin([...create, document(trust)]);
    const put = ['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'p'];
    await admin([...put, '--policy-document', document(READ)]);
    return roleArn(name);
  }

  async function assume(as: Credentials, role: string, ...more: string[]): Promise<Session> {
    const aws = awsCli(kept.use(openWorkplace()), { endpoint: server.endpoint, credentials: as });
    const words = ['sts', 'assume-role', '--role-arn', role, '--role-session-name', 'cli'];
    return sessionOf(await aws.json([...words, ...more]));
  }

  function sessionOf({ Credentials: given }: { Credentials: Record<string, string> }): Session {
    return {
      accessKeyId: given['AccessKeyId']!,
      secretAccessKey: given['SecretAccessKey']!,
      sessionToken: given['SessionToken']!,
    };
  }

  /** Debian's aws under credentials from the environment, as people paste them. */
  function withSession(session: Session, words: string, endpoint = server.endpoint) {
    return home.runAws('/usr/bin/aws', ['--endpoint-url', endpoint, ...words.split(' ')], {
      status: 'any',
      env: {
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    });
  }

  before(async () => {
    server = kept.use(await startServer({ flags: ['--threads', '2'] }));
    issuer = kept.use(await startIssuer('/realm'));
    issuer.published.push(key.jwk);
    home = kept.use(openWorkplace());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    account = (await admin.json('sts get-caller-identity')).Account;
    await admin('s3 mb s3://data');
    await admin('s3 cp - s3://data/k', { input: 'kept' });
    await admin('iam create-user --user-name bob');
    const { AccessKey } = await admin.json('iam create-access-key --user-name bob');
    bob = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
    const toBob = { AWS: `arn:aws:iam::${account}:user/bob` };
    await makeRole('app', { Effect: 'Allow', Principal: toBob, Action: 'sts:*' });
    const provider = await admin.json(
      `iam create-open-id-connect-provider --url ${issuer.url} --client-id-list my-app --thumbprint-list ${'a'.repeat(40)}`,
    );
    await makeRole('web', {
      Effect: 'Allow',
      Principal: { Federated: provider.OpenIDConnectProviderArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer.name}:sub`]: 'me' } },
    });
  });
  after(() => kept.disposeAsync());

  const token = (more: object = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.url, aud: 'my-app', sub: 'me', iat: now, exp: now + 600 };
    return signToken(key, { ...claims, ...more });
  };

  test('aws sts assume-role, and the session in the environment', async () => {
    const session = await assume(bob, roleArn('app'), '--duration-seconds', '900');
    const who = JSON.parse((await withSession(session, 'sts get-caller-identity')).stdout);
    assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/app/cli`);
    assert.equal((await withSession(session, 's3 cp s3://data/k -')).stdout, 'kept');
    const refused = await withSession(session, 's3api list-objects-v2 --bucket data');
    assert.match(
      refused.stderr,
      /AccessDenied.*assumed-role\/app\/cli is not authorized to perform: s3:ListBucket/,
    );
    const presigned = (await withSession(session, 's3 presign s3://data/k')).stdout.trim();
    assert.match(presigned, /X-Amz-Security-Token=/);
    assert.equal(await (await fetch(presigned)).text(), 'kept');
    const limited = await assume(
      bob,
      roleArn('app'),
      '--policy',
      document({ ...READ, Effect: 'Deny' }),
    );
    assert.equal((await withSession(limited, 's3 cp s3://data/k -')).status, 1);
    const tagged = ['--tags', 'Key=a,Value=b', '--transitive-tag-keys', 'a'];
    const more = ['--source-identity', 'ann', '--external-id', 'ext', ...tagged];
    assert.equal(
      (await withSession(await assume(bob, roleArn('app'), ...more), 's3 cp s3://data/k -')).stdout,
      'kept',
    );
  });

  test('aws sts get-session-token and get-federation-token', async () => {
    const aws = awsCli(kept.use(openWorkplace()), {
      endpoint: server.endpoint,
      credentials: server.root,
    });
    const session = sessionOf(await aws.json('sts get-session-token'));
    assert.equal((await withSession(session, 's3 cp s3://data/k -')).stdout, 'kept');
    const iam = await withSession(session, 'iam list-users');
    assert.match(
      iam.stderr,
      /InvalidClientTokenId.*The security token included in the request is invalid/,
    );
    const federated = await aws.json([
      'sts',
      'get-federation-token',
      '--name',
      'fed',
      '--policy',
      document(READ),
    ]);
    assert.equal(federated.FederatedUser.Arn, `arn:aws:sts::${account}:federated-user/fed`);
    assert.equal((await withSession(sessionOf(federated), 's3 cp s3://data/k -')).stdout, 'kept');
    const info = await aws.json(`sts get-access-key-info --access-key-id ${session.accessKeyId}`);
    assert.equal(info.Account, account);
  });

  for (const { python, version } of findPythons('boto3')) {
    test(`boto3 ${version} assumes a role by key and by token file`, async () => {
      const file = home.write('token', token());
      const env = {
        AWS_ACCESS_KEY_ID: bob.accessKeyId,
        AWS_SECRET_ACCESS_KEY: bob.secretAccessKey,
      };
      for (const [role, args] of [
        ['app', ['']],
        ['web', [file]],
      ] as const) {
        const words = ['-c', BOTO3, server.endpoint, roleArn(role), ...args];
        const { stdout } = await home.run(python, words, { env });
        assert.deepEqual(stdout.trim().split('\n'), [
          'kept',
          `arn:aws:sts::${account}:assumed-role/${role}/boto`,
          'AccessDenied',
        ]);
      }
    });
  }

  /** By profile, and by token file: what people set for programs that they cannot change. */
  function ways(sessionName: string) {
    home.write(
      '.aws/config',
      `[profile bob]\naws_access_key_id = ${bob.accessKeyId}\naws_secret_access_key = ${bob.secretAccessKey}\n` +
        `[profile app]\nrole_arn = ${roleArn('app')}\nsource_profile = bob\nrole_session_name = ${sessionName}\nregion = us-east-1\n`,
    );
    const region = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' };
    const common = { AWS_ENDPOINT_URL: server.endpoint, ...region };
    return {
      app: { ...common, AWS_PROFILE: 'app' },
      web: {
        ...common,
        AWS_WEB_IDENTITY_TOKEN_FILE: home.write('token', token()),
        AWS_ROLE_ARN: roleArn('web'),
        AWS_ROLE_SESSION_NAME: sessionName,
      },
    };
  }

  test('the JavaScript SDK assumes a role by profile and by token file', async () => {
    const args = ['--input-type=module', '-e', SDK];
    for (const [role, env] of Object.entries(ways('js'))) {
      const { stdout } = await home.run(NODE, args, { cwd: CHECKOUT, env });
      assert.deepEqual(stdout.trim().split('\n'), [
        'kept',
        `arn:aws:sts::${account}:assumed-role/${role}/js`,
        'AccessDenied',
      ]);
    }
  });

  const newerAws = findOtherProgram('aws');
  const { skip: noNewerAws } = need('a newer aws', newerAws);

  test(
    'a newer aws assumes a role by profile and by token file',
    { skip: noNewerAws },
    async () => {
      for (const [role, env] of Object.entries(ways('aws'))) {
        const aws = (words: string) =>
          home.run(newerAws!, words.split(' '), { env, status: 'any' });
        assert.equal((await aws('s3 cp s3://data/k -')).stdout, 'kept');
        const who = JSON.parse((await aws('sts get-caller-identity --output json')).stdout);
        assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/${role}/aws`);
        assert.match((await aws('s3 rm s3://data/k')).stderr, /AccessDenied/);
      }
    },
  );

  for (const { python, version } of findPythons('boto')) {
    test(`boto ${version} signs by version 2 under a session`, async () => {
      const session = await assume(bob, roleArn('app'));
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      const keys = [String(server.port), accessKeyId, secretAccessKey];
      const ran = await home.run(python, ['-c', BOTO2, ...keys, sessionToken]);
      assert.deepEqual(ran.stdout.trim().split('\n'), ['kept', 'kept', 'AccessDenied']);
      const altered = await home.run(python, ['-c', BOTO2, ...keys, `${sessionToken}AAAA`]);
      assert.deepEqual(altered.stdout.trim().split('\n'), ['InvalidToken']);
    });
  }

  const { path: s3cmd, skip: noS3cmd } = need('s3cmd', findProgram('s3cmd'));

  test('s3cmd takes a session by its option', { skip: noS3cmd }, async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await assume(bob, roleArn('app'));
    const where = ['--no-ssl', `--host=127.0.0.1:${server.port}`, '--host-bucket=127.0.0.1'];
    const who = [`--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`];
    const words = ['get', 's3://data/k', '-', ...where, ...who];
    const taken = await home.run(s3cmd, [...words, `--access_token=${sessionToken}`]);
    assert.equal(taken.stdout, 'kept');
    const refused = await home.run(s3cmd, words, { status: 'failure' });
    assert.match(refused.stderr, /403/);
  });

  const { path: rclone, skip: noRclone } = need('rclone', findProgram('rclone'));

  test('rclone takes a session from the environment', { skip: noRclone }, async () => {
    // It lists before it reads, which the role may not.
    const session = sessionOf(await admin.json('sts get-session-token'));
    const { accessKeyId, secretAccessKey, sessionToken } = session;
    const remote = `:s3,provider=Other,env_auth=true,region=us-east-1,endpoint="${server.endpoint}":data/k`;
    const { stdout } = await home.run(rclone, ['cat', remote], {
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    });
    assert.equal(stdout, 'kept');
  });

  test('s3cmd’s way: no signature, no body, everything in the query', async () => {
    const ask = async (more: object, role = 'web') => {
      const query = new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: roleArn(role),
        RoleSessionName: 's3cmd',
        WebIdentityToken: token(more),
      });
      const answer = await fetch(`${server.endpoint}/?${query}`, { method: 'POST' });
      return { status: answer.status, text: await answer.text() };
    };
    assert.match((await ask({})).text, /<AccessKeyId>ASIA/);
    assert.match(
      (await ask({ sub: 'you' })).text,
      /Not authorized to perform sts:AssumeRoleWithWebIdentity/,
    );
    assert.match((await ask({}, 'app')).text, /Not authorized/);
    assert.match((await ask({ aud: 'other' })).text, /Incorrect token audience/);
    assert.match((await ask({ exp: 1 })).text, /ExpiredTokenException/);
  });

  test('a session is dead by the next request on every thread once its role is deleted', async () => {
    const role = await makeRole('short', {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:user/bob` },
      Action: 'sts:AssumeRole',
    });
    const session = await assume(bob, role);
    await dies(session, async () => {
      await admin('iam delete-role-policy --role-name short --policy-name p');
      await admin('iam delete-role --role-name short');
    });
    await makeRole('short', {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:user/bob` },
      Action: 'sts:AssumeRole',
    });
    assert.match((await withSession(session, 's3 cp s3://data/k -')).stderr, /400|InvalidToken/);
    assert.match(
      (await withSession(session, 'sts get-caller-identity')).stderr,
      /InvalidClientTokenId/,
    );
  });

  test('a user’s session is dead by the next request once his key is deactivated', async () => {
    await admin('iam create-user --user-name carl');
    const put = ['iam', 'put-user-policy', '--user-name', 'carl', '--policy-name', 'p'];
    await admin([...put, '--policy-document', document(READ)]);
    const { AccessKey } = await admin.json('iam create-access-key --user-name carl');
    const carl = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
    const aws = awsCli(kept.use(openWorkplace()), { endpoint: server.endpoint, credentials: carl });
    const session = sessionOf(await aws.json('sts get-session-token'));
    await dies(session, () =>
      admin(
        `iam update-access-key --user-name carl --access-key-id ${carl.accessKeyId} --status Inactive`,
      ),
    );
  });

  /** Enough connections that the kernel spreads them over all threads. */
  const CONNECTIONS = 32;

  async function dies(session: Session, kill: () => Promise<unknown>): Promise<void> {
    using clients = new DisposableStack();
    const all = Array.from({ length: CONNECTIONS }, () =>
      clients.use(signedClient(server.port, session)),
    );
    const get = { method: 'GET', target: '/data/k' };
    const codes = async () => {
      const answers = await Promise.all(all.map((client) => client(get)));
      return new Set(answers.map(({ status, code }) => code ?? status));
    };
    assert.deepEqual(await codes(), new Set([200]));
    await kill();
    assert.deepEqual(await codes(), new Set(['InvalidToken']));
  }

  test('another server takes none of these sessions', async () => {
    await using other = await startServer();
    const session = await assume(bob, roleArn('app'));
    const refused = await withSession(session, 'sts get-caller-identity', other.endpoint);
    assert.match(refused.stderr, /InvalidClientTokenId/);
    const get = await withSession(
      session,
      's3api get-object --bucket data --key k out',
      other.endpoint,
    );
    assert.match(get.stderr, /InvalidToken/);
  });

  test('a session lives through a restart', async () => {
    const session = await assume(bob, roleArn('app'));
    await server.stop();
    await using again = await startServer({ data: server.data });
    const answer = await withSession(session, 's3 cp s3://data/k -', again.endpoint);
    assert.equal(answer.stdout, 'kept');
  });
});
