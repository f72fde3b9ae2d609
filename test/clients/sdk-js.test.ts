import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  waitUntilBucketExists,
  waitUntilObjectNotExists,
} from '@aws-sdk/client-s3';
import { GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Upload } from '@aws-sdk/lib-storage';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';

const { skip } = need('aws', findProgram('aws'));
const PART_SIZE = 5 * 1024 * 1024;
const NAMES = ['plain', 'with space', 'plus+%41', 'ü/日本', 'a//b', './x/../y', "tilde~*'()!"];

describe('AWS SDK for JavaScript v3', { skip }, () => {
  let stage: Stage;
  let s3: S3Client;
  let Bucket: string;

  const settings = (): { endpoint: string; region: string; maxAttempts: number } & {
    credentials: { accessKeyId: string; secretAccessKey: string };
  } => ({
    endpoint: stage.server.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: stage.user.credentials,
  });
  const read = async (Key: string, client = s3): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from(await Body!.transformToByteArray());
  };

  before(async () => {
    stage = await openStage('sdk-js');
    Bucket = stage.bucket;
    s3 = new S3Client({ ...settings(), forcePathStyle: true });
  });
  after(async () => {
    s3.destroy();
    await stage[Symbol.asyncDispose]();
  });

  test('objects of odd names go up with the default checksum and come down', async () => {
    for (const Key of NAMES) {
      const put = await s3.send(
        new PutObjectCommand({ Bucket, Key, Body: `the content of ${Key}` }),
      );
      assert.match(put.ChecksumCRC32 ?? '', /^[A-Za-z0-9+/]{6}==$/);
      assert.equal((await read(Key)).toString(), `the content of ${Key}`);
    }
    const listed = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket })) {
      listed.push(...(page.Contents ?? []).map((one) => one.Key!));
    }
    const bytewise = (a: string, b: string): number =>
      Buffer.compare(Buffer.from(a), Buffer.from(b));
    assert.deepEqual(listed, NAMES.toSorted(bytewise));
  });

  test('every checksum algorithm is verified, kept and told', async () => {
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const input = { Bucket, Key: `sum ${ChecksumAlgorithm}`, Body: 'sum', ChecksumAlgorithm };
      if (ChecksumAlgorithm === 'CRC64NVME') continue;
      const put = await s3.send(new PutObjectCommand(input));
      const head = await s3.send(
        new HeadObjectCommand({ Bucket, Key: input.Key, ChecksumMode: 'ENABLED' }),
      );
      const member = `Checksum${ChecksumAlgorithm}` as const;
      assert.ok(put[member] !== undefined && head[member] === put[member], ChecksumAlgorithm);
    }
    // The package that computes this one in the client is optional; the value is a published one.
    const Key = 'sum crc64';
    const ChecksumCRC64NVME = 'rosUhgp5mIg=';
    const right = new PutObjectCommand({ Bucket, Key, Body: '123456789', ChecksumCRC64NVME });
    assert.equal((await s3.send(right)).ChecksumCRC64NVME, ChecksumCRC64NVME);
    const wrong = new PutObjectCommand({ Bucket, Key, Body: '12345678X', ChecksumCRC64NVME });
    await assert.rejects(s3.send(wrong), { name: 'BadDigest' });
    const asked = new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum'] });
    const attributes = await s3.send(asked);
    assert.equal(attributes.Checksum?.ChecksumCRC64NVME, ChecksumCRC64NVME);
  });

  test('a stream of known length travels in chunks with a trailer', async () => {
    const content = someBytes(3 * 1024 * 1024 + 17);
    const Body = Readable.from(chunksOf(content, 100_000));
    const put = new PutObjectCommand({
      Bucket,
      Key: 'stream',
      Body,
      ContentLength: content.length,
    });
    const { ChecksumCRC32 } = await s3.send(put);
    assert.match(ChecksumCRC32 ?? '', /==$/);
    assert.ok((await read('stream')).equals(content));
  });

  test('lib-storage uploads a stream of unknown length in parts', async () => {
    const content = someBytes(2 * PART_SIZE + 17);
    const Body = Readable.from(chunksOf(content, 300_000));
    const upload = new Upload({
      client: s3,
      params: { Bucket, Key: 'parts', Body },
      partSize: PART_SIZE,
    });
    const done = await upload.done();
    assert.match(done.ETag ?? '', /^"[0-9a-f]{32}-3"$/);
    assert.ok((await read('parts')).equals(content));
    const aborted = new Upload({
      client: s3,
      params: { Bucket, Key: 'aborted', Body: Readable.from(chunksOf(content, 300_000)) },
      partSize: PART_SIZE,
    });
    aborted.on('httpUploadProgress', () => void aborted.abort());
    await assert.rejects(aborted.done(), { name: 'AbortError' });
    await assert.rejects(read('aborted'), { name: 'NoSuchKey' });
  });

  test('presigned URLs read and write, and hold to what they sign', async () => {
    // What follows a dot in a path, fetch changes before it sends it.
    for (const Key of NAMES.filter((name) => !name.startsWith('.'))) {
      const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
      assert.equal(await (await fetch(url)).text(), `the content of ${Key}`);
    }
    // By default this SDK signs the checksum of an empty body into the URL, which then admits no other.
    const requestChecksumCalculation = 'WHEN_REQUIRED';
    const signer = new S3Client({
      ...settings(),
      forcePathStyle: true,
      requestChecksumCalculation,
    });
    const put = new PutObjectCommand({ Bucket, Key: 'put by url', ContentType: 'text/x' });
    const url = await getSignedUrl(signer, put, {
      expiresIn: 60,
      signableHeaders: new Set(['content-type']),
    });
    const send = (contentType: string): Promise<Response> =>
      fetch(url, { method: 'PUT', body: 'by url', headers: { 'content-type': contentType } });
    assert.equal((await send('text/y')).status, 403);
    assert.equal((await send('text/x')).status, 200);
    assert.equal((await read('put by url')).toString(), 'by url');
    signer.destroy();
    assert.equal((await fetch(url.replace('put%20by', 'put%20bz'), { method: 'PUT' })).status, 403);
  });

  test('a presigned form uploads what its policy allows', async () => {
    const post = await createPresignedPost(s3, {
      Bucket,
      Key: 'form/${filename}',
      Conditions: [['content-length-range', 1, 10]],
      Expires: 60,
    });
    const send = (content: string): Promise<Response> => {
      const form = new FormData();
      for (const [name, value] of Object.entries(post.fields)) form.append(name, value);
      form.append('file', new Blob([content]), 'ü.txt');
      return fetch(post.url, { method: 'POST', body: form });
    };
    assert.equal((await send('by form')).status, 204);
    assert.equal((await read('form/ü.txt')).toString(), 'by form');
    const large = await send('far too large');
    assert.match(await large.text(), /<Code>EntityTooLarge<\/Code>/);
  });

  test('conditional writes', async () => {
    const put = (extra: object): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'x', ...extra }));
    await put({ IfNoneMatch: '*' });
    await assert.rejects(put({ IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'once' }));
    await put({ IfMatch: ETag });
    await assert.rejects(put({ IfMatch: '"0"' }), { name: 'PreconditionFailed' });
    const copy = { Bucket, Key: 'once', CopySource: `${Bucket}/plain`, IfNoneMatch: '*' };
    await assert.rejects(s3.send(new CopyObjectCommand(copy)), { name: 'PreconditionFailed' });
  });

  test('buckets, waiters and deletes of many', async () => {
    const made = { Bucket: `${Bucket}-made` };
    await s3.send(new CreateBucketCommand(made));
    await waitUntilBucketExists({ client: s3, maxWaitTime: 30 }, made);
    await s3.send(new PutObjectCommand({ ...made, Key: 'x', Body: '' }));
    const Delete = { Objects: [{ Key: 'x' }, { Key: 'never' }] };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ ...made, Delete }));
    assert.equal(Deleted?.length, 2);
    await waitUntilObjectNotExists({ client: s3, maxWaitTime: 30 }, { ...made, Key: 'x' });
    await s3.send(new DeleteBucketCommand(made));
    await assert.rejects(s3.send(new ListObjectsV2Command(made)), { name: 'NoSuchBucket' });
  });

  test('a virtual host addresses the bucket', async () => {
    const endpoint = `http://s3.localhost:${stage.server.port}`;
    const requestHandler = { httpAgent: new Agent({ lookup: lookupHere }) };
    const byHost = new S3Client({ ...settings(), endpoint, requestHandler });
    for (const Key of NAMES) {
      assert.equal((await read(Key, byHost)).toString(), `the content of ${Key}`);
    }
    byHost.destroy();
  });

  test('IAM and STS answer the same user', async () => {
    const sts = new STSClient(settings());
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, stage.user.arn);
    const iam = new IAMClient(settings());
    await assert.rejects(iam.send(new GetUserCommand({ UserName: stage.user.name })), {
      name: 'AccessDenied',
    });
    iam.destroy();
    sts.destroy();
  });

  test('what is not the user’s is refused', async () => {
    const foreign = { Bucket: stage.foreignBucket, Key: 'secret' };
    await assert.rejects(s3.send(new GetObjectCommand(foreign)), { name: 'AccessDenied' });
    const stolen = new CopyObjectCommand({
      Bucket,
      Key: 'c',
      CopySource: `${foreign.Bucket}/secret`,
    });
    await assert.rejects(s3.send(stolen), { name: 'AccessDenied' });
  });
});

/** Not every resolver takes the names below `localhost` to this machine. */
const lookupHere: LookupFunction = (_, options, answer) => {
  if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }]);
  else answer(null, '127.0.0.1', 4);
};

function* chunksOf(content: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}
