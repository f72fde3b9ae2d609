/** Guide 002: a user for an image service, whose policy comes from the vendor's dashboard. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { awsCli, type AwsCli, type Json } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace } from '../harness/workplace.ts';
import {
  dashboardPolicy,
  PixelshiftService,
  type BatchStatus,
  type Sink,
  type Transform,
} from './doubles/pixelshift.ts';

const { skip: noAws } = need('aws', findProgram('aws'));
const { skip: noImages } = need('python3-pil', findPythons('PIL')[0]?.python);

const USER = 'iam_pixelshift';
const CLIENT = { id: '5f0c7a3e-0000-4000-8000-000000000001', secret: 'shown-once' };
const SOURCE = {
  kind: 'StorageSource_S3',
  sourceBucket: 'originals',
  sourceKey: 'photo.jpg',
} as const;

describe('guide 002, Pixelshift', { skip: noAws || noImages }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let service: PixelshiftService;
  let url: string;
  let authorization: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    service = kept.use(new PixelshiftService({ endpoint, ...CLIENT }));
    url = await service.listen();
    await admin(
      's3api create-bucket --bucket originals --create-bucket-configuration LocationConstraint=eu-west-2',
    );
    await admin(
      's3api create-bucket --bucket results --create-bucket-configuration LocationConstraint=eu-west-2',
    );
    const photo = admin.workplace.write('photo.jpg', photograph(4000, 3000));
    await admin(`s3 cp ${photo} s3://originals/photo.jpg`);
    const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
    const answer = await fetch(`${url}/connect/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: 'grant_type=client_credentials',
    });
    authorization = `Bearer ${((await answer.json()) as Json).access_token}`;
  });
  after(() => kept.disposeAsync());

  const run = async (...items: readonly Transform[]): Promise<BatchStatus> => {
    const sent = await fetch(`${url}/api/v1/batch/images`, {
      method: 'PUT',
      headers: { authorization },
      body: JSON.stringify({ items }),
    });
    const { id } = (await sent.json()) as Json;
    await service.settled(id);
    const status = await fetch(`${url}/api/v1/status/batch/${id}`, { headers: { authorization } });
    return (await status.json()) as BatchStatus;
  };
  const to = (destinationKey: string, more: Partial<Sink> = {}): Sink =>
    ({ kind: 'StorageSink_S3', destinationBucket: 'results', destinationKey, ...more }) as Sink;
  const small = (...sinks: readonly Sink[]): Transform => {
    return { source: SOURCE, resize: { width: 500, height: 500 }, sinks };
  };
  const errorOf = async (...sinks: readonly Sink[]): Promise<string> => {
    const { status, operations } = await run(small(...sinks));
    assert.equal(status, 'failed');
    return operations[0]?.error ?? '';
  };
  const pastePolicy = (text: string) =>
    admin([
      'iam',
      'put-user-policy',
      '--user-name',
      USER,
      '--policy-name',
      'pixelshift_access',
      '--policy-document',
      text,
    ]);
  const newKeys = async (): Promise<string> => {
    const { AccessKey } = await admin.json(`iam create-access-key --user-name ${USER}`);
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey;
    service.pasteKeys({ accessKeyId, secretAccessKey });
    return accessKeyId;
  };
  const etagOf = async (key: string): Promise<string> =>
    (await admin.json(`s3api head-object --bucket results --key ${key}`)).ETag;

  test('a user with programmatic access and no permissions', async () => {
    await admin(`iam create-user --user-name ${USER}`);
    await newKeys();
    const { AttachedPolicies } = await admin.json(
      `iam list-attached-user-policies --user-name ${USER}`,
    );
    assert.deepEqual(AttachedPolicies, []);
  });

  test('before the policy, the failed operation names the action that is missing', async () => {
    const error = await errorOf(to('early.jpg'));
    assert.match(
      error,
      /^AccessDenied: User: arn:aws:iam::\d{12}:user\/iam_pixelshift is not authorized to perform: s3:GetObject/,
    );
  });

  test('with read access alone, it is the writing that is missing', async () => {
    await pastePolicy(dashboardPolicy('read', ['originals', 'results']));
    assert.match(await errorOf(to('early.jpg')), /not authorized to perform: s3:PutObject/);
  });

  test('under the pasted inline policy 4000 x 3000 becomes 500 wide, in three places', async () => {
    const read = JSON.parse(dashboardPolicy('read', ['originals']));
    const write = JSON.parse(dashboardPolicy('write', ['results']));
    const both = { ...read, Statement: [...read.Statement, ...write.Statement] };
    for (const [index, statement] of both.Statement.entries()) statement.Sid += index;
    await pastePolicy(JSON.stringify(both, undefined, '\t'));
    const { PolicyDocument } = await admin.json(
      `iam get-user-policy --user-name ${USER} --policy-name pixelshift_access`,
    );
    assert.deepEqual(PolicyDocument, both);
    assert.deepEqual(await run(small(to('a.jpg'), to('b/b.jpg'), to('c.jpg'))), {
      status: 'success',
      operations: [{ status: 'success' }],
    });
    const made = await admin('s3 cp s3://results/b/b.jpg -');
    assert.deepEqual(sizeOf(made.bytes), [500, 375]);
    const { ContentType } = await admin.json('s3api head-object --bucket results --key a.jpg');
    assert.equal(ContentType, 'image/jpeg');
  });

  test('without leave to overwrite, what is there stays as it is', async () => {
    const before = await etagOf('a.jpg');
    assert.match(await errorOf(to('a.jpg')), /^PreconditionFailed/);
    assert.equal(await etagOf('a.jpg'), before);
    const again = await run(small(to('a.jpg', { allowOverwrite: true })));
    assert.equal(again.status, 'success');
  });

  test('the source cannot be written to', async () => {
    const error = await errorOf(
      to('photo.jpg', { destinationBucket: 'originals', allowOverwrite: true } as Partial<Sink>),
    );
    assert.match(
      error,
      /not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::originals\/photo.jpg"/,
    );
  });

  test('a broken image fails by itself, and another of the batch does not', async () => {
    await admin('s3 cp - s3://originals/broken.jpg', { input: 'no image' });
    const broken = { ...small(to('broken.jpg')), source: { ...SOURCE, sourceKey: 'broken.jpg' } };
    const { operations } = await run(broken, small(to('d.jpg')));
    assert.deepEqual(
      operations.map(({ status }) => status),
      ['failed', 'success'],
    );
  });

  test('"all buckets" reaches a bucket that nobody named', async () => {
    await admin('s3 mb s3://unnamed');
    const elsewhere = to('x.jpg', { destinationBucket: 'unnamed' } as Partial<Sink>);
    assert.match(await errorOf(elsewhere), /^AccessDenied/);
    await pastePolicy(dashboardPolicy('read-write'));
    assert.equal((await run(small(elsewhere))).status, 'success');
  });

  test('pre-signed URLs need no user, and end when they say', async () => {
    const { endpoint, root } = server;
    await admin(`iam delete-user-policy --user-name ${USER} --policy-name pixelshift_access`);
    const s3 = new S3Client({
      endpoint,
      region: 'eu-west-2',
      forcePathStyle: true,
      credentials: root,
      // Else the URL would promise the checksum of a body that is not known yet.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const get = new GetObjectCommand({ Bucket: 'originals', Key: 'photo.jpg' });
    const put = new PutObjectCommand({ Bucket: 'results', Key: 'by-url.jpg' });
    const item = async (signingDate: Date): Promise<Transform> => {
      const ends = { expiresIn: 60, signingDate };
      return {
        source: { kind: 'HttpSource', url: await getSignedUrl(s3, get, ends) },
        resize: { width: 100, height: 100 },
        sinks: [{ kind: 'HttpSink', url: await getSignedUrl(s3, put, ends) }],
      };
    };
    assert.equal((await run(await item(new Date()))).status, 'success');
    assert.deepEqual(sizeOf((await admin('s3 cp s3://results/by-url.jpg -')).bytes), [100, 75]);
    const late = await run(await item(new Date(Date.now() - 3_600_000)));
    assert.equal(late.operations[0]?.error, 'Error: HTTP 403');
  });

  test('a key that was generated anew works, and the old one does not', async () => {
    await pastePolicy(dashboardPolicy('read-write'));
    const { AccessKeyMetadata } = await admin.json(`iam list-access-keys --user-name ${USER}`);
    const [old] = AccessKeyMetadata;
    await admin(
      `iam update-access-key --user-name ${USER} --access-key-id ${old.AccessKeyId} --status Inactive`,
    );
    assert.match(await errorOf(to('e.jpg')), /^InvalidAccessKeyId/);
    await newKeys();
    assert.equal((await run(small(to('e.jpg')))).status, 'success');
  });
});

const MAKE = `
import sys
from PIL import Image
width, height = int(sys.argv[1]), int(sys.argv[2])
Image.linear_gradient('L').resize((width, height)).convert('RGB').save(sys.stdout.buffer, 'JPEG')
`;
const MEASURE = `
import sys, io
from PIL import Image
print(*Image.open(io.BytesIO(sys.stdin.buffer.read())).size)
`;

function photograph(width: number, height: number): Buffer {
  const made = spawnSync('/usr/bin/python3', ['-c', MAKE, String(width), String(height)], {
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(made.status, 0, made.stderr.toString());
  return made.stdout;
}

function sizeOf(image: Uint8Array): number[] {
  const measured = spawnSync('/usr/bin/python3', ['-c', MEASURE], { input: image });
  return measured.stdout.toString().trim().split(' ').map(Number);
}
