import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ProfileError } from './errors.ts';
import { readProfile, type Environment, type ProfileChoice } from './profile.ts';

const CONFIG = `
[default]
region = eu-west-1
[profile my.site]
region = eu-central-1
endpoint_url = http://127.0.0.1:9000/
[profile "with blank"]
endpoint_url = https://[::1]:9443
services = local
[services local]
iam =
  endpoint_url = http://127.0.0.1:9001
[profile keys.in.config]
aws_access_key_id = AKIACONFIG
aws_secret_access_key = a;b#c
[profile bad]
endpoint_url = localhost:9000
`;
const CREDENTIALS = `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default
[my.site]
aws_access_key_id = AKIASITE
aws_secret_access_key = x/y+z=
aws_session_token = token
`;

describe('readProfile', () => {
  let folder: string;
  let files: Environment;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'coffer-profile-'));
    files = {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    };
    writeFileSync(join(folder, 'config'), CONFIG);
    writeFileSync(join(folder, 'credentials'), CREDENTIALS);
  });
  after(() => rmSync(folder, { recursive: true }));

  const ENVIRONMENT_KEY = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'env' };
  const cases: readonly {
    name: string;
    choice?: ProfileChoice;
    environment?: Environment;
    key: string;
    secret?: string;
    region: string;
    s3: string;
    iam: string;
  }[] = [
    {
      name: 'the default profile, on AWS itself',
      key: 'AKIADEFAULT',
      region: 'eu-west-1',
      s3: 'https://s3.eu-west-1.amazonaws.com',
      iam: 'https://iam.amazonaws.com',
    },
    {
      name: 'a name with a dot, by flag, before keys of the environment',
      choice: { profile: 'my.site' },
      environment: ENVIRONMENT_KEY,
      key: 'AKIASITE',
      secret: 'x/y+z=',
      region: 'eu-central-1',
      s3: 'http://127.0.0.1:9000',
      iam: 'http://127.0.0.1:9000',
    },
    {
      name: 'AWS_PROFILE, behind keys of the environment',
      environment: {
        AWS_PROFILE: 'my.site',
        AWS_ENDPOINT_URL: '',
        AWS_REGION: '',
        ...ENVIRONMENT_KEY,
      },
      key: 'AKIAENV',
      region: 'eu-central-1',
      s3: 'http://127.0.0.1:9000',
      iam: 'http://127.0.0.1:9000',
    },
    {
      name: 'a quoted name, and the endpoint of one service',
      choice: { profile: 'with blank', region: 'x' },
      environment: { AWS_REGION: 'y' },
      key: '',
      region: 'x',
      s3: 'https://[::1]:9443',
      iam: 'http://127.0.0.1:9001',
    },
    {
      name: 'keys in the config file, the secret whole, endpoints of the environment',
      choice: { profile: 'keys.in.config' },
      environment: {
        AWS_DEFAULT_REGION: 'z',
        AWS_ENDPOINT_URL: 'http://a.test',
        AWS_ENDPOINT_URL_IAM: 'http://b.test:80',
      },
      key: 'AKIACONFIG',
      secret: 'a;b#c',
      region: 'z',
      s3: 'http://a.test',
      iam: 'http://b.test',
    },
    {
      name: 'the endpoint of a flag before all others',
      choice: { endpoint: 'http://127.0.0.1:1/base/' },
      environment: { AWS_ENDPOINT_URL_IAM: 'http://b.test' },
      key: 'AKIADEFAULT',
      region: 'eu-west-1',
      s3: 'http://127.0.0.1:1/base',
      iam: 'http://127.0.0.1:1/base',
    },
  ];
  test('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS leaves only what the command line says', () => {
    const environment = {
      ...files,
      AWS_ENDPOINT_URL: 'http://a.test',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    };
    const aws = readProfile({ profile: 'my.site' }, environment);
    assert.equal(aws.endpointOf('s3'), 'https://s3.eu-central-1.amazonaws.com');
    assert.equal(aws.configuredEndpoint('s3'), undefined);
    const said = readProfile({ endpoint: 'http://b.test' }, environment);
    assert.equal(said.endpointOf('s3'), 'http://b.test');
  });

  for (const { name, choice = {}, environment, key, secret, region, s3, iam } of cases) {
    test(name, () => {
      const profile = readProfile(choice, { ...files, ...environment });
      assert.equal(profile.region, region);
      assert.equal(profile.endpointOf('s3'), s3);
      assert.equal(profile.endpointOf('iam'), iam);
      if (key === '') {
        assert.throws(() => profile.credentials(), ProfileError);
        return;
      }
      const credentials = profile.credentials();
      assert.equal(credentials.accessKeyId, key);
      if (secret !== undefined) assert.equal(credentials.secretAccessKey, secret);
    });
  }

  test('session tokens go with their key', () => {
    const token = (environment: Environment) =>
      readProfile({}, { ...files, ...environment }).credentials().sessionToken;
    assert.equal(token({ AWS_PROFILE: 'my.site' }), 'token');
    assert.equal(token({ ...ENVIRONMENT_KEY, AWS_PROFILE: 'my.site' }), undefined);
    assert.equal(token({ ...ENVIRONMENT_KEY, AWS_SESSION_TOKEN: 't' }), 't');
  });

  test('a profile that is nowhere, and an endpoint that is no URL, are refused', () => {
    assert.throws(() => readProfile({ profile: 'absent' }, files), /no profile "absent"/);
    const bad = readProfile({ profile: 'bad' }, files);
    assert.throws(() => bad.endpointOf('s3'), /Endpoint must be a URL.*localhost:9000/);
  });
});
