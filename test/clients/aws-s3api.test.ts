import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findOtherProgram, findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Workplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const PART_SIZE = 5 * 1024 * 1024;

describe('aws s3api', { skip }, () => {
  let stage: Stage;
  let aws: AwsCli;
  let home: Workplace;
  let bucket: string;
  const on = (args: string): string => `${args} --bucket ${bucket}`;

  before(async () => {
    stage = await openStage('s3api');
    home = stage.workplace();
    const { endpoint } = stage.server;
    aws = awsCli(home, { endpoint, credentials: stage.user.credentials });
    bucket = stage.bucket;
    home.write('body', 'hello world');
  });
  after(() => stage[Symbol.asyncDispose]());

  describe('objects', () => {
    test('put-object, head-object and get-object keep content and headers', async () => {
      const put = await aws.json(
        words(
          on('s3api put-object --key a --body body --content-type text/x-test --tagging t=v'),
          '--content-disposition',
          'attachment; filename="a b.txt"',
          '--cache-control',
          'no-store',
          '--metadata',
          'one=1,two=zwei',
          '--storage-class',
          'STANDARD_IA',
        ),
      );
      const md5 = createHash('md5').update('hello world').digest('hex');
      assert.equal(put.ETag, `"${md5}"`);
      const head = await aws.json(on('s3api head-object --key a'));
      assert.equal(head.ContentLength, 11);
      assert.equal(head.ContentType, 'text/x-test');
      assert.equal(head.CacheControl, 'no-store');
      assert.deepEqual(head.Metadata, { one: '1', two: 'zwei' });
      assert.equal(head.StorageClass, 'STANDARD_IA');
      assert.equal(head.ETag, `"${md5}"`);
      const got = await aws.json(on('s3api get-object --key a out'));
      assert.equal(got.TagCount, 1);
      assert.equal(readFileSync(home.path('out'), 'utf8'), 'hello world');
    });

    test('get-object gives ranges, and says when there is none', async () => {
      const ranges = [
        { range: 'bytes=0-4', content: 'hello', told: 'bytes 0-4/11' },
        { range: 'bytes=6-', content: 'world', told: 'bytes 6-10/11' },
        { range: 'bytes=-3', content: 'rld', told: 'bytes 8-10/11' },
        { range: 'bytes=4-400', content: 'o world', told: 'bytes 4-10/11' },
      ];
      for (const { range, content, told } of ranges) {
        const got = await aws.json(on(`s3api get-object --key a --range ${range} out`));
        assert.equal(got.ContentRange, told);
        assert.equal(readFileSync(home.path('out'), 'utf8'), content);
      }
      const beyond = await aws.refused(on('s3api get-object --key a --range bytes=11-12 out'));
      assert.equal(beyond.code, 'InvalidRange');
    });

    test('get-object and head-object answer conditions', async () => {
      const { ETag } = await aws.json(on('s3api head-object --key a'));
      await aws.json(on(`s3api get-object --key a --if-match ${ETag} out`));
      const changed = await aws.refused(on('s3api get-object --key a --if-match "x" out'));
      assert.equal(changed.code, 'PreconditionFailed');
      const same = await aws.refused(on(`s3api head-object --key a --if-none-match ${ETag}`));
      assert.equal(same.code, '304');
      const since = on('s3api head-object --key a --if-modified-since 2035-01-01T00:00:00Z');
      // A date in the future is no condition at all, says RFC 9110; S3 says so too.
      assert.ok(
        ['304', undefined].includes(
          (await aws(since, { status: 'any' })).stderr.match(/\d{3}/)?.[0],
        ),
      );
    });

    test('copy-object copies or replaces metadata', async () => {
      await aws.json(on(`s3api copy-object --key b --copy-source ${bucket}/a`));
      assert.deepEqual((await aws.json(on('s3api head-object --key b'))).Metadata, {
        one: '1',
        two: 'zwei',
      });
      const replace = '--metadata-directive REPLACE --metadata three=3 --content-type text/css';
      await aws.json(on(`s3api copy-object --key b --copy-source ${bucket}/b ${replace}`));
      const head = await aws.json(on('s3api head-object --key b'));
      assert.deepEqual([head.Metadata, head.ContentType], [{ three: '3' }, 'text/css']);
      const itself = await aws.refused(on(`s3api copy-object --key b --copy-source ${bucket}/b`));
      assert.equal(itself.code, 'InvalidRequest');
      const foreign = `s3api copy-object --key c --copy-source ${stage.foreignBucket}/secret`;
      assert.equal((await aws.refused(on(foreign))).code, 'AccessDenied');
    });

    test('object tags and ACLs are put, read and removed', async () => {
      await aws(on('s3api put-object-tagging --key a --tagging TagSet=[{Key=x,Value=y}]'));
      const tags = await aws.json(on('s3api get-object-tagging --key a'));
      assert.deepEqual(tags.TagSet, [{ Key: 'x', Value: 'y' }]);
      await aws(on('s3api delete-object-tagging --key a'));
      assert.deepEqual((await aws.json(on('s3api get-object-tagging --key a'))).TagSet, []);
      await aws(on('s3api put-object-acl --key a --acl public-read'));
      const acl = await aws.json(on('s3api get-object-acl --key a'));
      const grants = acl.Grants.map((grant: { Permission: string }) => grant.Permission);
      assert.deepEqual(grants.toSorted(), ['FULL_CONTROL', 'READ']);
      const url = `${stage.server.endpoint}/${bucket}/a`;
      assert.equal((await home.run('curl', ['-sS', url])).stdout, 'hello world');
      await aws(on('s3api put-object-acl --key a --acl private'));
      assert.match((await home.run('curl', ['-sS', url])).stdout, /<Code>AccessDenied<\/Code>/);
    });

    test('checksums of every kind are verified, kept and told', async () => {
      const kinds = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'];
      for (const kind of kinds) {
        const key = `sum-${kind}`;
        const put = await aws.json(
          on(`s3api put-object --key ${key} --body body --checksum-algorithm ${kind}`),
        );
        const told = put[`Checksum${kind}`] as string;
        const head = await aws.json(on(`s3api head-object --key ${key} --checksum-mode ENABLED`));
        assert.equal(head[`Checksum${kind}`], told);
        const asked = '--object-attributes Checksum ObjectSize ETag StorageClass';
        const attributes = await aws.json(on(`s3api get-object-attributes --key ${key} ${asked}`));
        assert.equal(attributes.Checksum[`Checksum${kind}`], told);
        assert.equal(attributes.ObjectSize, 11);
      }
      const sha256 = createHash('sha256').update('something else').digest('base64');
      const wrong = on(`s3api put-object --key wrong --body body --checksum-sha256 ${sha256}`);
      assert.match((await aws.refused(wrong)).code, /^(BadDigest|InvalidRequest)$/);
      const none = await aws.refused(on('s3api head-object --key wrong'));
      assert.equal(none.code, '404');
    });

    test('delete-object is quiet about what is not there; delete-objects tells all', async () => {
      await aws(on('s3api delete-object --key never-was'));
      const answer = await aws.json(
        words(
          on('s3api delete-objects'),
          '--delete',
          JSON.stringify({ Objects: [{ Key: 'b' }, { Key: 'never-was' }] }),
        ),
      );
      const deleted = answer.Deleted.map((one: { Key: string }) => one.Key);
      assert.deepEqual(deleted, ['b', 'never-was']);
    });
  });

  describe('listing', () => {
    const keys = ['l/1', 'l/2', 'l/d1/x', 'l/d1/y', 'l/d2/x', 'l/é', 'l/z'];
    before(async () => {
      for (const key of keys) home.write(`listing/${key}`, key);
      await aws(['s3', 'cp', '--recursive', home.path('listing'), `s3://${bucket}/`]);
    });
    const names = (list: { Key: string }[] | undefined): string[] =>
      (list ?? []).map((one) => one.Key);

    test('pages hold everything once, in the order of UTF-8', async () => {
      for (const version of ['list-objects', 'list-objects-v2']) {
        const all = await aws.json(on(`s3api ${version} --prefix l/ --page-size 2`));
        assert.deepEqual(names(all.Contents), [
          'l/1',
          'l/2',
          'l/d1/x',
          'l/d1/y',
          'l/d2/x',
          'l/z',
          'l/é',
        ]);
      }
    });

    test('a delimiter folds, start-after and markers skip', async () => {
      const folded = await aws.json(on('s3api list-objects-v2 --prefix l/ --delimiter /'));
      assert.deepEqual(names(folded.Contents), ['l/1', 'l/2', 'l/z', 'l/é']);
      const prefixes = folded.CommonPrefixes.map((one: { Prefix: string }) => one.Prefix);
      assert.deepEqual(prefixes, ['l/d1/', 'l/d2/']);
      const after2 = await aws.json(on('s3api list-objects-v2 --prefix l/ --start-after l/d1/y'));
      assert.deepEqual(names(after2.Contents), ['l/d2/x', 'l/z', 'l/é']);
      const marked = await aws.json(on('s3api list-objects --prefix l/ --marker l/d2/x'));
      assert.deepEqual(names(marked.Contents), ['l/z', 'l/é']);
      const owned = await aws.json(on('s3api list-objects-v2 --prefix l/1 --fetch-owner'));
      assert.match(owned.Contents[0].Owner.ID, /^[0-9a-f]{64}$/);
    });

    test('list-objects-v2 goes on from its token', async () => {
      const page = '--prefix l/ --no-paginate --max-keys 3';
      const first = await aws.json(on(`s3api list-objects-v2 ${page}`));
      assert.equal(first.IsTruncated, true);
      assert.equal(first.KeyCount, 3);
      const token = first.NextContinuationToken as string;
      const second = await aws.json(
        words(on(`s3api list-objects-v2 ${page}`), '--continuation-token', token),
      );
      assert.deepEqual(names(second.Contents), ['l/d1/y', 'l/d2/x', 'l/z']);
    });
  });

  describe('buckets', () => {
    test('what is not configured says so in AWS’s words', async () => {
      const cases = [
        ['get-bucket-policy', 'NoSuchBucketPolicy'],
        ['get-bucket-cors', 'NoSuchCORSConfiguration'],
        ['get-bucket-tagging', 'NoSuchTagSet'],
        ['get-public-access-block', 'NoSuchPublicAccessBlockConfiguration'],
      ] as const;
      for (const [operation, code] of cases) {
        assert.equal((await aws.refused(on(`s3api ${operation}`))).code, code);
      }
    });

    test('tags, CORS, ownership and public access block are put, read and removed', async () => {
      await aws(on('s3api put-bucket-tagging --tagging TagSet=[{Key=a,Value=b}]'));
      const tags = await aws.json(on('s3api get-bucket-tagging'));
      assert.deepEqual(tags.TagSet, [{ Key: 'a', Value: 'b' }]);
      await aws(on('s3api delete-bucket-tagging'));

      const rules = {
        CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://a.example'] }],
      };
      const cors = ['--cors-configuration', JSON.stringify(rules)];
      await aws(words(on('s3api put-bucket-cors'), ...cors));
      assert.deepEqual(await aws.json(on('s3api get-bucket-cors')), rules);
      await aws(on('s3api delete-bucket-cors'));

      const ownership = 'Rules=[{ObjectOwnership=BucketOwnerPreferred}]';
      await aws(on(`s3api put-bucket-ownership-controls --ownership-controls ${ownership}`));
      const owned = await aws.json(on('s3api get-bucket-ownership-controls'));
      assert.equal(owned.OwnershipControls.Rules[0].ObjectOwnership, 'BucketOwnerPreferred');

      const block =
        'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true';
      const option = `--public-access-block-configuration ${block}`;
      await aws(on(`s3api put-public-access-block ${option}`));
      const kept = await aws.json(on('s3api get-public-access-block'));
      assert.equal(kept.PublicAccessBlockConfiguration.BlockPublicPolicy, true);
      const acl = on('s3api put-bucket-acl --acl public-read');
      assert.equal((await aws.refused(acl)).code, 'AccessDenied');
      await aws(on('s3api delete-public-access-block'));
    });

    test('a bucket policy lets everybody read, and is told to be public', async () => {
      const policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: '*',
            Action: 's3:GetObject',
            Resource: `arn:aws:s3:::${bucket}/pub/*`,
          },
        ],
      });
      await aws(`s3 cp - s3://${bucket}/pub/x`, { input: 'public' });
      const url = `${stage.server.endpoint}/${bucket}/pub/x`;
      assert.match((await home.run('curl', ['-sS', url])).stdout, /AccessDenied/);
      await aws(words(on('s3api put-bucket-policy'), '--policy', policy));
      assert.equal((await home.run('curl', ['-sS', url])).stdout, 'public');
      const status = await aws.json(on('s3api get-bucket-policy-status'));
      assert.equal(status.PolicyStatus.IsPublic, true);
      assert.deepEqual(
        JSON.parse((await aws.json(on('s3api get-bucket-policy'))).Policy),
        JSON.parse(policy),
      );
      await aws(on('s3api delete-bucket-policy'));
      assert.match((await home.run('curl', ['-sS', url])).stdout, /AccessDenied/);
    });

    test('buckets come and go with their region, owner and ACL', async () => {
      const other = `${bucket}-west`;
      const location = '--create-bucket-configuration LocationConstraint=eu-west-1';
      const created = await aws.json(`s3api create-bucket --bucket ${other} ${location}`);
      assert.ok(created.Location.includes(other));
      const region = await aws.json(`s3api get-bucket-location --bucket ${other}`);
      assert.equal(region.LocationConstraint, 'eu-west-1');
      const again = await aws.refused(`s3api create-bucket --bucket ${other} ${location}`);
      assert.equal(again.code, 'BucketAlreadyOwnedByYou');
      const acl = await aws.json(`s3api get-bucket-acl --bucket ${other}`);
      assert.equal(acl.Grants[0].Permission, 'FULL_CONTROL');
      const listed = await aws.json('s3api list-buckets');
      const own = listed.Buckets.map((one: { Name: string }) => one.Name);
      assert.ok(own.includes(other) && own.includes(bucket));
      await aws(`s3api delete-bucket --bucket ${other}`);
      const gone = await aws.refused(`s3api head-bucket --bucket ${other}`);
      assert.equal(gone.code, '404');
    });
  });

  describe('multipart by hand', () => {
    test('parts are uploaded, copied, listed, put together and read one by one', async () => {
      const content = someBytes(2 * PART_SIZE + 1000);
      home.write('part1', content.subarray(0, PART_SIZE));
      home.write('source', content.subarray(PART_SIZE, 2 * PART_SIZE));
      home.write('part3', content.subarray(2 * PART_SIZE));
      await aws(on('s3api put-object --key source --body source'));
      const upload = await aws.json(on('s3api create-multipart-upload --key whole'));
      const of = `--key whole --upload-id ${upload.UploadId}`;
      const one = await aws.json(on(`s3api upload-part ${of} --part-number 1 --body part1`));
      const copy = `--part-number 2 --copy-source ${bucket}/source`;
      const two = (await aws.json(on(`s3api upload-part-copy ${of} ${copy}`))).CopyPartResult;
      const three = await aws.json(on(`s3api upload-part ${of} --part-number 3 --body part3`));
      const uploads = await aws.json(on('s3api list-multipart-uploads'));
      assert.equal(uploads.Uploads[0].UploadId, upload.UploadId);
      const parts = await aws.json(on(`s3api list-parts ${of} --page-size 1`));
      const sizes = parts.Parts.map((part: { Size: number }) => part.Size);
      assert.deepEqual(sizes, [PART_SIZE, PART_SIZE, 1000]);

      const list = (order: number[]): string[] => [
        '--multipart-upload',
        JSON.stringify({
          Parts: order.map((n) => ({ PartNumber: n, ETag: [one, two, three][n - 1].ETag })),
        }),
      ];
      const complete = on(`s3api complete-multipart-upload ${of}`);
      assert.equal(
        (await aws.refused(words(complete, ...list([2, 1, 3])))).code,
        'InvalidPartOrder',
      );
      assert.equal(
        (await aws.refused(words(complete, ...list([1, 3, 2])))).code,
        'InvalidPartOrder',
      );
      const done = await aws.json(words(complete, ...list([1, 2, 3])));
      assert.match(done.ETag, /^"[0-9a-f]{32}-3"$/);
      await aws(on('s3api get-object --key whole whole'));
      assert.deepEqual(readFileSync(home.path('whole')), content);
      const part3 = await aws.json(on('s3api get-object --key whole --part-number 3 p3'));
      assert.equal(part3.PartsCount, 3);
      assert.equal(part3.ContentLength, 1000);
    });

    test('an aborted upload is gone', async () => {
      const upload = await aws.json(on('s3api create-multipart-upload --key never'));
      const of = `--key never --upload-id ${upload.UploadId}`;
      await aws(on(`s3api upload-part ${of} --part-number 1 --body body`));
      await aws(on(`s3api abort-multipart-upload ${of}`));
      assert.equal((await aws.refused(on(`s3api list-parts ${of}`))).code, 'NoSuchUpload');
      assert.equal((await aws.refused(on('s3api head-object --key never'))).code, '404');
    });
  });

  const newer = findOtherProgram('aws');
  describe('a newer aws', { skip: newer === undefined && 'no newer aws in PATH' }, () => {
    let fresh: AwsCli;
    before(() => {
      const { endpoint } = stage.server;
      const credentials = stage.user.credentials;
      fresh = awsCli(stage.workplace(), { endpoint, credentials, program: newer! });
      fresh.workplace.write('body', 'hello world');
    });

    test('its default checksum travels as a trailer and is kept', async () => {
      const put = await fresh.json(on('s3api put-object --key newer --body body'));
      const head = await fresh.json(on('s3api head-object --key newer --checksum-mode ENABLED'));
      const name = ['ChecksumCRC64NVME', 'ChecksumCRC32'].find((one) => put[one] !== undefined);
      assert.ok(name !== undefined, JSON.stringify(put));
      assert.equal(head[name], put[name]);
      assert.equal(head.ChecksumType, 'FULL_OBJECT');
    });

    test('conditional writes: the first wins, the others are told', async () => {
      await fresh(on('s3api put-object --key once --body body --if-none-match *'));
      const second = await fresh.refused(
        on('s3api put-object --key once --body body --if-none-match *'),
      );
      assert.equal(second.code, 'PreconditionFailed');
      const { ETag } = await fresh.json(on('s3api head-object --key once'));
      await fresh(on(`s3api put-object --key once --body body --if-match ${ETag}`));
      const stale = await fresh.refused(
        on('s3api put-object --key once --body body --if-match "x"'),
      );
      assert.equal(stale.code, 'PreconditionFailed');
    });
  });
});
