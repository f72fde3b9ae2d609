import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
import { Agent } from 'node:https';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../src/certificates/authority.ts';
import { awsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { MAIN, namespaces, NODE } from '../harness/exec-stage.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';

const aws = need('aws', findProgram('aws'));
const s3cmd = need('s3cmd', findProgram('s3cmd'));
const curl = need('curl', findProgram('curl'));
const [boto3] = findPythons('boto3');

const BOTO3 = `
import boto3, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1')
s3.create_bucket(Bucket='by-boto3')
s3.put_object(Bucket='by-boto3', Key='a', Body=b'x' * 9000000)
assert len(s3.get_object(Bucket='by-boto3', Key='a')['Body'].read()) == 9000000
`;

describe('https', () => {
  let server: TestServer;
  let person: Workplace;
  let https: string;
  let ca: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer({ flags: ['--tls-port', '0', '--domain', 's3.test'] }));
    person = kept.use(openWorkplace());
    const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(server.output())?.[1];
    https = `https://localhost:${port}`;
    ca = join(server.data, 'authority/ca.pem');
  });
  after(() => kept.disposeAsync());

  const env = () => ({
    AWS_CA_BUNDLE: ca,
    CURL_CA_BUNDLE: ca,
    SSL_CERT_FILE: ca,
    AWS_ACCESS_KEY_ID: server.root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.root.secretAccessKey,
  });

  test('the key of the authority is for its owner alone, and is kept', async () => {
    assert.equal(statSync(join(server.data, 'authority/ca.key')).mode & 0o777, 0o600);
    const before = readFileSync(ca, 'utf8');
    const again = kept.use(await startServer({ flags: ['--tls-port', '0'] }));
    assert.notEqual(readFileSync(join(again.data, 'authority/ca.pem'), 'utf8'), before);
    await again.stop();
    const kept2 = await startServer({ data: again.data, flags: ['--tls-port', '0'] });
    await kept2.stop();
  });

  test('aws, and a policy that wants TLS', { skip: aws.skip }, async () => {
    const secure = awsCli(kept.use(openWorkplace()), { endpoint: https, credentials: server.root });
    const plain = awsCli(kept.use(openWorkplace()), {
      endpoint: server.endpoint,
      credentials: server.root,
    });
    const trust = { env: { AWS_CA_BUNDLE: ca } };
    await secure('s3api create-bucket --bucket secure-only', trust);
    const bare = await secure('s3 ls', { status: 'failure' });
    assert.match(bare.stderr, /SSL validation failed|certificate verify failed/);
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObject',
          Resource: 'arn:aws:s3:::secure-only/*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::secure-only/*',
          Condition: { NumericLessThan: { 's3:TlsVersion': '1.4' } },
        },
      ],
    });
    await plain(['s3api', 'put-bucket-policy', '--bucket', 'secure-only', '--policy', policy]);
    const put = 's3api put-object --bucket secure-only --key a';
    assert.equal((await plain.refused(put)).code, 'AccessDenied');
    await secure(put, trust);
    const get = 's3api get-object --bucket secure-only --key a';
    assert.equal((await secure.refused([...get.split(' '), 'out'], trust)).code, 'AccessDenied');
    await plain([...get.split(' '), 'out']);
  });

  test('boto3', { skip: boto3 === undefined && 'boto3 is not installed' }, async () => {
    await person.run(boto3?.python ?? '', ['-c', BOTO3, https], { env: env() });
  });

  test('curl, by a bucket as host name, and without trust', { skip: curl.skip }, async () => {
    const port = new URL(https).port;
    const url = `https://a.dotted.bucket.s3.test:${port}/`;
    const to = ['-sS', '--resolve', `a.dotted.bucket.s3.test:${port}:127.0.0.1`];
    const ran = await person.run(curl.path, [...to, url], { env: { CURL_CA_BUNDLE: ca } });
    assert.match(ran.stdout, /<Code>NoSuchBucket<\/Code>.*<BucketName>a\.dotted\.bucket</);
    await person.run(curl.path, [...to, url], { status: 60 });
    await person.run(curl.path, ['-sS', '--cacert', ca, `https://127.0.0.1:${port}/`]);
  });

  test('s3cmd', { skip: s3cmd.skip }, async () => {
    const host = new URL(https).host;
    person.write(
      '.s3cfg',
      `[default]\naccess_key = ${server.root.accessKeyId}\nsecret_key = ${server.root.secretAccessKey}\n` +
        `host_base = ${host}\nhost_bucket = ${host}\nuse_https = True\nca_certs_file = ${ca}\n`,
    );
    await person.run(s3cmd.path, ['mb', 's3://by-s3cmd']);
    person.write('file', 'x'.repeat(100_000));
    await person.run(s3cmd.path, ['put', person.path('file'), 's3://by-s3cmd/file']);
    await person.run(s3cmd.path, ['get', 's3://by-s3cmd/file', person.path('back')]);
    assert.equal(readFileSync(person.path('back'), 'utf8').length, 100_000);
  });

  test('coffer ca prints what to trust, and where it lies', async () => {
    const words = [MAIN, 'ca', '--data', server.data, '--domain', 's3.test'];
    const printed = await person.run(NODE, words);
    assert.equal(printed.stdout, readFileSync(ca, 'utf8'));
    assert.match(printed.stderr, new RegExp(`export AWS_CA_BUNDLE=${ca}`));
    assert.equal((await person.run(NODE, [...words, '--path'])).stdout, `${ca}\n`);
    const further = await person.run(NODE, [...words, '--aws-names'], { status: 3 });
    assert.match(further.stderr, /coffer ca --renew/);
  });

  test(
    "serve --aws-names answers for AWS's names on 80 and 443",
    { skip: namespaces.skip || curl.skip },
    async () => {
      // In a network of its own, where the ports are free and nobody is deceived.
      const network = ['--net', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];
      const data = person.path('aws-names');
      const names = [
        's3.amazonaws.com',
        'my.dotted.bucket.s3-eu-west-1.amazonaws.com',
        'iam.amazonaws.com',
        'sts.eu-west-1.amazonaws.com',
      ];
      const script = `
      ip link set lo up
      ${NODE} ${MAIN} serve --aws-names --port 9000 --data ${data} > ${data}.log & server=$!
      until grep -q 443 ${data}.log; do sleep 0.1; done
      for name in ${names.join(' ')}; do
        for port in 80 443; do
          scheme=http; [ $port = 443 ] && scheme=https
          curl -sS -o /dev/null -w "$name $port %{http_code}\\n" --cacert ${data}/authority/ca.pem \\
            --resolve $name:$port:127.0.0.1 $scheme://$name/
        done
      done
      kill $server; wait $server`;
      const ran = await person.run('unshare', [...network, '--', 'sh', '-c', script]);
      const codes = { s3: 403, my: 404, iam: 400, sts: 400 } as const;
      const expected = names.flatMap((name) => {
        const code = codes[name.split(/[.-]/)[0] as keyof typeof codes];
        return [`${name} 80 ${code}`, `${name} 443 ${code}`];
      });
      assert.deepEqual(ran.stdout.trim().split('\n'), expected);
    },
  );

  test(
    'a certificate that the person has is shown for the names that it covers',
    { skip: curl.skip },
    async () => {
      const now = Date.now();
      const other = Authority.create({ dns: ['example'], addresses: [] }, 'another', now);
      const leaf = other.issue({ dns: ['files.example'], addresses: [] }, now);
      const trust = person.write('other-ca.pem', other.pem.certificate);
      const certificate = ['--tls-certificate', person.write('cert.pem', leaf.certificate)];
      const flags = ['--tls-port', '0', '--domain', 'files.example', ...certificate];
      const given = kept.use(
        await startServer({ flags: [...flags, '--tls-key', person.write('key.pem', leaf.key)] }),
      );
      const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(given.output())?.[1] ?? '';
      const asks = (name: string, cacert: string, status: number) => {
        const to = ['--resolve', `${name}:${port}:127.0.0.1`, `https://${name}:${port}/`];
        return person.run(curl.path, ['-sS', '--cacert', cacert, ...to], { status });
      };
      const own = join(given.data, 'authority/ca.pem');
      await asks('files.example', trust, 0);
      await asks('files.example', own, 60);
      await asks('bucket.files.example', own, 0);
      const keyOfAnother = person.write('other.pem', other.pem.key);
      const serve = [MAIN, 'serve', '--data', person.path('given'), ...flags];
      const mixed = await person.run(NODE, [...serve, '--tls-key', keyOfAnother], { status: 3 });
      assert.match(mixed.stderr, /cert\.pem with key .*other\.pem cannot be used/);
      const half = await person.run(NODE, serve, { status: 3 });
      assert.match(half.stderr, /tls-certificate and tls-key go together/);
    },
  );

  test('a port that is only for root is said so', { skip: namespaces.skip }, async () => {
    // Nobody in particular, with no rights over the machine's network.
    const words = ['--user', '--', NODE, MAIN, 'serve', '--port', '443'];
    const ran = await person.run('unshare', [...words, '--data', person.path('low')], {
      status: 3,
    });
    assert.match(ran.stderr, /Port 443 is only for root here/);
  });

  test("Coffer's own command line", async () => {
    const words = [MAIN, 'whoami', '--endpoint', https];
    assert.match((await person.run(NODE, words, { env: env() })).stdout, /:root/);
    const distrusting = {
      env: { ...env(), AWS_CA_BUNDLE: '', SSL_CERT_FILE: '' },
      status: 1,
    } as const;
    assert.match((await person.run(NODE, words, distrusting)).stderr, /not trusted here/);
    const absent = { env: { ...env(), AWS_CA_BUNDLE: '/absent' }, status: 3 } as const;
    assert.match((await person.run(NODE, words, absent)).stderr, /Could not read the CA bundle/);
  });

  test("AWS's SDK for JavaScript", async () => {
    const client = new S3Client({
      endpoint: https,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: server.root,
      requestHandler: { httpsAgent: new Agent({ ca: readFileSync(ca) }) },
    });
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    assert.ok(Buckets);
    client.destroy();
  });
});
