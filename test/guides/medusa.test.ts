/** Guide 004: backups of Cassandra nodes by the key of a user, and then with what they really need. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideUser } from '../harness/guide.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';
import { CassandraNode, writeTables, type Generation } from './doubles/medusa/cassandra-node.ts';
import { needExec } from './in-aws.ts';

const PYTHON = '/usr/bin/python3';
const BUCKET = 'my-s3-bucket';
const POLICY = pastedPolicy('medusa', BUCKET);
const [boto3, newerBoto3] = findPythons('boto3');

/** Files of a node. Medusa's users have tens of thousands; each is sent twice. */
const FILES = Number(process.env['COFFER_MEDUSA_FILES'] ?? '600');
/** What Cassandra writes between two backups. */
const FLUSHED = 5;
const GENERATIONS: readonly (Generation & Life)[] = [
  // Large ones are above the threshold of 20 MiB: in one part of 50, and in two.
  {
    title: 'boto3, as since 0.16',
    storage: 'boto3',
    python: PYTHON,
    files: FILES,
    large: [26, 60],
  },
  {
    title: 'libcloud and aws, as in 0.12',
    storage: 'libcloud',
    python: PYTHON,
    files: Math.floor(FILES / 3),
    large: [26],
  },
];

const skip =
  need('aws', findProgram('aws')).skip ||
  need('boto3', boto3?.python).skip ||
  need('libcloud', findPythons('libcloud')[0]?.python).skip ||
  needExec();

describe('guide 004, Medusa', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let host: Workplace;
  let user: GuideUser;
  const kept = new AsyncDisposableStack();
  const nodeOf = (generation: Generation, settings: Record<string, string> = {}): CassandraNode =>
    new CassandraNode({
      name: `${generation.storage}.cassandra.example.com`,
      host,
      endpoint: server.endpoint,
      generation,
      isDirect: settings['storage_provider'] === 's3_compatible',
      settings: {
        storage_provider: 's3',
        region: 'us-east-1',
        bucket_name: BUCKET,
        key_file: host.path('medusa-s3-credentials'),
        ...settings,
      },
    });
  /** By boto3, to the server's own host and port. */
  const directly = (python: string): CassandraNode => {
    const { hostname, port } = new URL(server.endpoint);
    const at = { storage_provider: 's3_compatible', host: hostname, port, secure: 'False' };
    return nodeOf({ title: '', storage: 'boto3', python }, at);
  };
  const coffer = (text: string, options: RunOptions = {}): Promise<Ran> => {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = server.root;
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    return host.run(NODE, [MAIN, ...text.split(' '), '--endpoint', server.endpoint], {
      ...options,
      env,
    });
  };
  const usePolicy = (document: object): Promise<Ran> => {
    const text = `iam create-policy-version --policy-arn ${user.policyArn} --set-as-default --policy-document`;
    return admin(words(text, JSON.stringify(document)));
  };
  const useGuidesPolicy = (): Promise<Ran> =>
    admin(`iam set-default-policy-version --policy-arn ${user.policyArn} --version-id v1`);

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    host = kept.use(openWorkplace());
    user = await followGuide(admin, {
      bucket: BUCKET,
      userName: 'medusa',
      policyName: 'MedusaStorageStrategy',
      policy: POLICY,
      by: 'attach',
    });
    const { accessKeyId, secretAccessKey } = user.credentials;
    host.write(
      'medusa-s3-credentials',
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      0o400,
    );
  });
  after(() => kept.disposeAsync());

  test('the name that the guide gives the bucket is refused, as it has underscores', async () => {
    const { code } = await admin.refused('s3api create-bucket --bucket my_s3_bucket');
    assert.equal(code, 'InvalidBucketName');
  });

  test('the policy is taken as it is; lint names the one action that never was', async () => {
    const file = host.write('policy.json', POLICY);
    const { stdout } = await coffer(`policy lint ${file} --json`, { status: 'any' });
    const errors = JSON.parse(stdout).filter(({ severity }: Finding) => severity === 'error');
    assert.deepEqual(
      errors.map(({ code, message }: Finding) => [code, /s3:\w+/.exec(message)?.[0]]),
      [['UnknownAction', 's3:HeadBucket']],
    );
  });

  for (const generation of GENERATIONS) {
    describe(`by ${generation.title}`, () => {
      keepsBackups(generation, 'nightly', generation);

      test('another bucket is none of its business', async () => {
        await admin('s3api create-bucket --bucket somebody-elses-bucket');
        const node = nodeOf(generation, { bucket_name: 'somebody-elses-bucket' });
        const { stderr } = await node.run(['list-backups'], { status: 'failure' });
        assert.match(stderr, /AccessDenied[\s\S]* is not authorized to perform: s3:ListBucket on/);
      });
    });
  }

  test('a newer boto3 does the same at host and port', { skip: !newerBoto3 }, async () => {
    const node = directly(newerBoto3?.python ?? '');
    writeTables(host.path('newer'), 40, [26]);
    const said = await node.medusa(
      `backup newer ${host.path('newer')} --differential`,
      'verify newer',
      `download newer ${host.path('newer-back')}`,
      'delete-backup newer',
    );
    assert.deepEqual(said.slice(0, 3), ['40 files, 40 sent', '40 good, 0 wrong', '40 files back']);
  });

  describe('what the policy does not allow', () => {
    const refused: readonly (readonly [command: string, action: string])[] = [
      ['s3api put-object-acl --key a --acl private', 's3:PutObjectAcl'],
      ['s3api put-object-tagging --key a --tagging TagSet=[]', 's3:PutObjectTagging'],
      ['s3api put-bucket-acl --acl private', 's3:PutBucketAcl'],
      ['s3api delete-bucket-lifecycle', 's3:PutLifecycleConfiguration'],
      ['s3api delete-bucket', 's3:DeleteBucket'],
    ];
    let aws: AwsCli;
    before(async () => {
      const { endpoint } = server;
      await admin(`s3 cp - s3://${BUCKET}/a`, { input: 'a backup' });
      aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials: user.credentials });
    });
    for (const [command, action] of refused) {
      test(`${action} is refused by its name`, async () => {
        const { code, message } = await aws.refused(`${command} --bucket ${BUCKET}`);
        assert.equal(code, 'AccessDenied');
        assert.match(message, new RegExp(`user/medusa is not authorized to perform: ${action} on`));
      });
    }
    test('neither are new buckets, or the list of all', async () => {
      for (const command of ['create-bucket --bucket medusas-own', 'list-buckets']) {
        assert.equal((await aws.refused(`s3api ${command}`)).code, 'AccessDenied');
      }
    });
    test('nobody reads a backup without a key', async () => {
      assert.equal((await fetch(`${server.endpoint}/${BUCKET}/a`)).status, 403);
    });
  });

  describe('policies that lack something', () => {
    const without = (change: (statement: Statement) => void): object => {
      const document = JSON.parse(POLICY);
      change(document.Statement[0]);
      return document;
    };
    const tables = (): string => host.path('few');
    before(() => writeTables(tables(), 4, []));

    test('a purge without s3:DeleteObject fails at its first object, and is told the action', async () => {
      const node = directly(PYTHON);
      await node.medusa(`backup undeletable ${tables()}`);
      const twice = await node.run([`backup undeletable ${tables()}`], { status: 'failure' });
      assert.match(twice.stderr, /exists already/);
      await usePolicy(
        without((statement) => {
          statement.Action = statement.Action.filter((action) => action !== 's3:DeleteObject');
        }),
      );
      const { stderr } = await node.run(['delete-backup undeletable'], { status: 'failure' });
      assert.match(stderr, /AccessDenied.*is not authorized to perform: s3:DeleteObject on/s);
      assert.deepEqual(await node.medusa('verify undeletable'), ['4 good, 0 wrong']);
      await useGuidesPolicy();
      await node.medusa('delete-backup undeletable');
    });

    test('without the resource that ends in /* it lists, and explain says what no statement reaches', async () => {
      await usePolicy(without((statement) => void statement.Resource.pop()));
      const node = directly(PYTHON);
      assert.deepEqual(await node.medusa('list-backups'), ['']);
      await node.run([`backup denied ${tables()}`], { status: 'failure' });
      const { stdout: denials } = await coffer('denials --principal user/medusa --limit 1');
      const [, id = ''] = denials.trim().split('\n').at(-1)?.split(/ +/) ?? [];
      const { stdout } = await coffer(`explain ${id}`);
      assert.match(stdout, new RegExp(`^Missing: allow s3:\\w+ on arn:aws:s3:::${BUCKET}/`, 'm'));
      await useGuidesPolicy();
    });
  });

  describe('the least that Medusa needs', () => {
    const NEEDED = [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ];
    let generated: { readonly Statement: readonly Statement[] };

    test('of the 45 actions, generate leaves five, on this bucket alone', async () => {
      const { stdout } = await coffer('policy generate --principal user/medusa');
      generated = JSON.parse(stdout);
      const actions = generated.Statement.flatMap(({ Action }) => Action);
      assert.deepEqual(actions.toSorted(), NEEDED);
      const resources = new Set(generated.Statement.flatMap(({ Resource }) => Resource));
      assert.deepEqual(
        [...resources].toSorted(),
        ['', '/boto3.cassandra.example.com/*', '/index/*', '/libcloud.cassandra.example.com/*'].map(
          (end) => `arn:aws:s3:::${BUCKET}${end}`,
        ),
      );
    });

    test('unused names the other forty', async () => {
      const { stdout } = await coffer('policy unused --principal user/medusa --json');
      const { unused } = JSON.parse(stdout) as { unused: readonly Unused[] };
      const [first, second] = JSON.parse(POLICY).Statement as readonly Statement[];
      assert.deepEqual(
        unused.filter(({ what }) => what === 'action').map(({ pattern }) => pattern),
        first?.Action.filter((action) => !NEEDED.includes(action)),
      );
      const whole = unused.filter(({ what }) => what === 'statement').map(({ sid }) => sid);
      assert.deepEqual([whole, second?.Action.length], [['VisualEditor1'], 2]);
    });

    describe('and under what was generated', () => {
      const lastRefusal = async (): Promise<string> =>
        (await coffer('denials --principal user/medusa --limit 1')).stdout;
      let refusalBefore: string;
      before(async () => {
        await usePolicy(generated);
        refusalBefore = await lastRefusal();
      });
      for (const generation of GENERATIONS) {
        describe(generation.title, () => {
          keepsBackups(generation, 'later', { files: 30, large: [] });
        });
      }
      test('nothing was refused, also nothing that is tried again in silence', async () => {
        assert.equal(await lastRefusal(), refusalBefore);
      });
      test('what it did not use is refused', async () => {
        const { endpoint } = server;
        const aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials: user.credentials });
        const { code } = await aws.refused(`s3api get-bucket-versioning --bucket ${BUCKET}`);
        assert.equal(code, 'AccessDenied');
      });
    });
  });

  /** The life of a node's backups, under names that begin with `round`, in one run. */
  function keepsBackups(generation: Generation, round: string, { files, large }: Life): void {
    const [full, first, second] = [`${round}-full`, `${round}-first`, `${round}-second`];
    const all = files + FLUSHED;

    test(`${files} files: full, differential, list, status, verify, download, purge`, async () => {
      const node = nodeOf(generation);
      const data = host.path(`${generation.storage}-${round}`);
      writeTables(data, files, large);
      const said = await node.medusa(
        `backup ${full} ${data}`,
        `backup ${first} ${data} --differential`,
        `flush ${round} ${data}`,
        `backup ${second} ${data} --differential`,
        'list-backups',
        `status ${full}`,
        `verify ${full}`,
        `verify ${second}`,
        `download ${second} ${data}-back`,
        'interrupted',
        'purge',
        'list-backups',
        `verify ${second}`,
        `delete-backup ${second}`,
      );
      assert.deepEqual(said.map(withoutSizes), [
        `${files} files, ${files} sent`,
        `${files} files, ${files} sent`,
        `${all} files, ${FLUSHED} sent`,
        `${full} full`,
        `${first} differential`,
        `${second} differential`,
        `${full}: ${files} files, N bytes, latest ${second}`,
        `${files} good, 0 wrong`,
        `${all} good, 0 wrong`,
        `${all} files back`,
        'interrupted',
        `${full}: N objects deleted`,
        `${first}: N objects deleted`,
        `${second} differential`,
        `${all} good, 0 wrong`,
        `${second}: N objects deleted`,
      ]);
    });

    test('what was deleted and what was interrupted leaves nothing behind', async () => {
      const { Uploads } = await admin.json(`s3api list-multipart-uploads --bucket ${BUCKET}`);
      const { Contents = [] } = await admin.json(`s3api list-objects-v2 --bucket ${BUCKET}`);
      const left = Contents.filter(({ Key }: { Key: string }) => Key.includes(`/${round}-`));
      assert.deepEqual([Uploads, left], [undefined, []]);
    });
  }
});

/** Bytes and objects depend on how the generation of Medusa writes its own files. */
function withoutSizes(line: string): string {
  return line.replace(/\d+(?= (?:bytes|objects))/, 'N');
}

interface Life {
  readonly files: number;
  /** Sizes of further files, in MiB. */
  readonly large: readonly number[];
}

interface Statement {
  Action: string[];
  Resource: string[];
}

interface Unused {
  readonly what: string;
  readonly sid?: string;
  readonly pattern?: string;
}

interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}
