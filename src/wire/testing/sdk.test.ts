import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as IAM from '@aws-sdk/client-iam';
import * as S3 from '@aws-sdk/client-s3';
import * as STS from '@aws-sdk/client-sts';
import { action, attribute, boolean, compileQuery, compileRest, flat, header } from '../index.ts';
import { httpDate, integer, isoDate, label, list, long, map, named, oneOf } from '../index.ts';
import { operation, payload, policyDocument, prefix, query, rawText, required } from '../index.ts';
import { status, stream, string, struct, text, type Declarations } from '../index.ts';
import { newestBotocore, roundTripBotocore } from './botocore.suite.ts';
import { driftReport } from './drift.suite.ts';
import { matchesPath } from './path.suite.ts';
import { roundTrip } from './round-trip.suite.ts';

const bucketName = text({ min: 3, max: 63, pattern: /^[a-z][a-z0-9-]{1,61}[a-z]$/ });
const bucket = { Bucket: label(bucketName) };
const object = { ...bucket, Key: label(text({ min: 1, max: 1024 })) };
const owner = struct({ DisplayName: string, ID: string });
const grantee = struct({
  Type: required(attribute('xsi:type', oneOf('CanonicalUser', 'Group'))),
  ID: string,
  URI: string,
});
const tag = struct({ Key: required(string), Value: required(string) });

const s3 = {
  PutObject: operation('PUT /{Bucket}/{Key+}', {
    allows: 's3:PutObject',
    input: {
      ...object,
      Body: payload(stream),
      ACL: header('x-amz-acl', oneOf('private', 'public-read')),
      ContentType: header('content-type', string),
      Metadata: prefix('x-amz-meta-'),
      BucketKeyEnabled: header('x-amz-server-side-encryption-bucket-key-enabled', boolean),
      ObjectLockRetainUntilDate: header('x-amz-object-lock-retain-until-date', isoDate),
    },
    output: { ETag: header('etag', string), Size: header('x-amz-object-size', long) },
  }),
  GetObject: operation('GET /{Bucket}/{Key+}', {
    allows: 's3:GetObject',
    input: {
      ...object,
      VersionId: query('versionId', string),
      PartNumber: query('partNumber', integer({ min: 1, max: 10_000 })),
      IfModifiedSince: header('if-modified-since', httpDate),
      ResponseContentType: query('response-content-type', string),
    },
    output: {
      Body: payload(stream),
      ContentLength: header('content-length', long),
      LastModified: header('last-modified', httpDate),
      Metadata: prefix('x-amz-meta-'),
      StatusCode: status(integer),
    },
  }),
  HeadObject: operation('HEAD /{Bucket}/{Key+}', {
    allows: 's3:GetObject',
    input: object,
    output: { ContentLength: header('content-length', long), ETag: header('etag', string) },
  }),
  DeleteObjects: operation('POST /{Bucket}?delete', {
    allows: 's3:DeleteObject',
    root: 'DeleteResult',
    input: {
      ...bucket,
      Delete: required(
        payload(
          struct({
            Objects: required(
              named(
                'Object',
                flat(list(struct({ Key: required(string), LastModifiedTime: httpDate }))),
              ),
            ),
            Quiet: boolean,
          }),
        ),
      ),
    },
    output: {
      Deleted: flat(list(struct({ Key: string, DeleteMarker: boolean }))),
      Errors: named('Error', flat(list(struct({ Key: string, Code: string })))),
    },
  }),
  GetBucketAcl: operation('GET /{Bucket}?acl', {
    allows: 's3:GetBucketAcl',
    root: 'AccessControlPolicy',
    input: bucket,
    output: {
      Owner: owner,
      Grants: named(
        'AccessControlList',
        list(struct({ Grantee: grantee, Permission: string }), { item: 'Grant' }),
      ),
    },
  }),
  PutBucketTagging: operation('PUT /{Bucket}?tagging', {
    allows: 's3:PutBucketTagging',
    status: 204,
    input: {
      ...bucket,
      Tagging: required(payload(struct({ TagSet: required(list(tag, { item: 'Tag' })) }))),
    },
    output: {},
  }),
  GetBucketPolicy: operation('GET /{Bucket}?policy', {
    allows: 's3:GetBucketPolicy',
    input: bucket,
    output: { Policy: payload(rawText) },
  }),
  GetBucketLocation: operation('GET /{Bucket}?location', {
    allows: 's3:GetBucketLocation',
    input: bucket,
    output: { LocationConstraint: payload(string) },
  }),
  ListObjectsV2: operation('GET /{Bucket}?list-type=2', {
    allows: 's3:ListBucket',
    root: 'ListBucketResult',
    input: { ...bucket, Prefix: query('prefix', string), MaxKeys: query('max-keys', integer) },
    output: {
      IsTruncated: boolean,
      Contents: flat(list(struct({ Key: string, LastModified: isoDate, Size: long }))),
      CommonPrefixes: flat(list(struct({ Prefix: string }))),
    },
  }),
};

const user = struct({
  Path: required(string),
  UserName: required(text({ max: 64, pattern: /^[\w+=,.@-]+$/ })),
  CreateDate: required(isoDate),
  Tags: list(tag),
});

const iam = {
  CreateUser: action('CreateUser', {
    allows: 'iam:CreateUser',
    input: {
      Path: text({ pattern: /^\/$|^\/[!-~]{1,20}\/$/ }),
      UserName: required(text({ min: 1, max: 64, pattern: /^[\w+=,.@-]+$/ })),
      Tags: list(tag),
    },
    output: { User: user },
  }),
  ListUsers: action('ListUsers', {
    allows: 'iam:ListUsers',
    input: { MaxItems: integer({ min: 1, max: 1000 }), Marker: string },
    output: { Users: required(list(user)), IsTruncated: boolean, Marker: string },
  }),
  GetUserPolicy: action('GetUserPolicy', {
    allows: 'iam:GetUserPolicy',
    input: { UserName: required(string), PolicyName: required(string) },
    output: {
      UserName: required(string),
      PolicyName: required(string),
      PolicyDocument: required(policyDocument),
    },
  }),
  PutUserPolicy: action('PutUserPolicy', {
    allows: 'iam:PutUserPolicy',
    input: {
      UserName: required(string),
      PolicyName: required(string),
      PolicyDocument: required(policyDocument),
    },
    output: {},
  }),
  UntagUser: action('UntagUser', {
    allows: 'iam:UntagUser',
    input: { UserName: required(string), TagKeys: required(list(string)) },
    output: {},
  }),
  GetAccountSummary: action('GetAccountSummary', {
    allows: 'iam:GetAccountSummary',
    input: {},
    output: { SummaryMap: map(integer) },
  }),
};

const sts = {
  GetCallerIdentity: action('GetCallerIdentity', {
    allows: 'sts:GetCallerIdentity',
    input: {},
    output: { UserId: string, Account: string, Arn: string },
  }),
};

const rest = (declarations: Declarations) =>
  compileRest(declarations, { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' });
const iamProtocol = (declarations: Declarations) =>
  compileQuery(declarations, {
    version: '2010-05-08',
    xmlns: 'https://iam.amazonaws.com/doc/2010-05-08/',
  });

const s3Client = (options: object) => new S3.S3Client(options);
const iamClient = (options: object) => new IAM.IAMClient(options);

test('roundTrip drives S3 operations both ways', async () => {
  const count = await roundTrip(s3, S3, { protocol: rest(s3), client: s3Client });
  assert.equal(count, Object.keys(s3).length);
});

test('roundTrip drives IAM and STS actions both ways', async () => {
  const count = await roundTrip(iam, IAM, { protocol: iamProtocol(iam), client: iamClient });
  assert.equal(count, Object.keys(iam).length);
  const protocol = compileQuery(sts, {
    version: '2011-06-15',
    xmlns: 'https://sts.amazonaws.com/doc/2011-06-15/',
  });
  const client = (options: object) => new STS.STSClient(options);
  assert.equal(await roundTrip(sts, STS, { protocol, client }), 1);
});

const botocore = newestBotocore();
const skip = botocore === undefined ? 'botocore is not installed' : false;

test('roundTrip drives botocore both ways', { skip }, async (t) => {
  const options = { protocol: rest(s3) };
  const count = await roundTripBotocore(t, 's3', botocore!, s3, S3, options);
  assert.equal(count, Object.keys(s3).length);
  const iamOptions = { protocol: iamProtocol(iam) };
  assert.equal(await roundTripBotocore(t, 'iam', botocore!, iam, IAM, iamOptions), 6);
});

const BROKEN_REST: [name: string, declarations: Declarations][] = [
  [
    'a header under another name',
    { HeadObject: { ...s3.HeadObject, output: struct({ ETag: header('x-etag', string) }) } },
  ],
  [
    'an element under another name',
    {
      ListObjectsV2: {
        ...s3.ListObjectsV2,
        output: struct({ CommonPrefixes: flat(list(struct({ Prefix: named('P', string) }))) }),
      },
    },
  ],
  ['another sub-resource', { GetBucketAcl: { ...s3.GetBucketAcl, literals: [['a', undefined]] } }],
  [
    'a list that is not flat',
    {
      DeleteObjects: {
        ...s3.DeleteObjects,
        output: struct({ Deleted: list(struct({ Key: string })) }),
      },
    },
  ],
];

test('roundTrip rejects declarations that are wrong', async (t) => {
  for (const [name, declarations] of BROKEN_REST) {
    await t.test(name, async () => {
      const options = { protocol: rest(declarations), client: s3Client };
      await assert.rejects(roundTrip(declarations, S3, options), /does not survive a round trip/);
    });
  }
  await t.test('a parameter under another name', async () => {
    const declarations = {
      UntagUser: action('UntagUser', {
        allows: 'x',
        input: { UserName: required(string), TagKeys: named('Keys', list(string)) },
        output: {},
      }),
    };
    const options = { protocol: iamProtocol(declarations), client: iamClient };
    await assert.rejects(roundTrip(declarations, IAM, options), /UntagUser does not survive/);
  });
});

test('driftReport finds nothing wrong with right declarations, and names what they lack', () => {
  const report = driftReport(s3, S3, {
    ignore: {
      'GetBucketLocation.output.LocationConstraint': 'The text stands in the root element itself.',
      'PutBucketTagging.status': 'The service answers 204.',
      'GetObject.output.StatusCode': 'A status of our own choice.',
    },
  });
  assert.deepEqual(report.differences, []);
  assert.ok(report.missingMembers.includes('PutObject.input.IfMatch: header if-match'));
  assert.ok(report.missingOperations.includes('CopyObject'));
  assert.ok(!report.missingOperations.includes('PutObject'));
  assert.deepEqual(driftReport(iam, IAM).differences, []);
  assert.deepEqual(driftReport(sts, STS), {
    differences: [],
    missingMembers: [],
    missingOperations: driftReport(sts, STS).missingOperations,
  });
});

test('driftReport names each kind of difference', () => {
  const declarations = {
    PutObject: operation('POST /{Bucket}?thing', {
      allows: 'x',
      status: 201,
      input: {
        ...bucket,
        ACL: required(header('x-acl', string)),
        ContentLength: header('content-length', string),
        Tagging: query('tagging', string),
        Invented: string,
      },
      output: {},
    }),
    ListObjectsV2: operation('GET /{Bucket}?list-type=2', {
      allows: 'x',
      root: 'Result',
      input: bucket,
      output: { Contents: list(struct({ LastModified: httpDate })) },
    }),
    GetBucketAcl: operation('GET /{Bucket}?acl', {
      allows: 'x',
      input: bucket,
      output: { Grants: named('AccessControlList', list(struct({}))) },
    }),
    InventThing: operation('GET /', { allows: 'x', input: {}, output: {} }),
    CreateUser: action('CreateUser', { allows: 'x', input: { UserName: string }, output: {} }),
  };
  const { CreateUser, ...forS3 } = declarations;
  const ignore = { '**.Invented': 'on purpose', 'PutObject.input.Nothing': 'left from before' };
  assert.deepEqual(driftReport(forS3, S3, { ignore }).differences, [
    "PutObject.method: ours POST, the SDK's PUT",
    "PutObject.level: ours bucket, the SDK's key",
    "PutObject.literals: ours thing, the SDK's ",
    "PutObject.status: ours 201, the SDK's 200",
    "PutObject.input.ACL.name: ours x-acl, the SDK's x-amz-acl",
    "PutObject.input.ACL.required: ours true, the SDK's false",
    "PutObject.input.ContentLength.type: ours string, the SDK's number",
    "PutObject.input.Tagging: ours in query, the SDK's in header",
    "ListObjectsV2.root: ours Result, the SDK's ListBucketResult",
    "ListObjectsV2.output.Contents.flat: ours false, the SDK's true",
    "ListObjectsV2.output.Contents.member.LastModified.type: ours httpDate, the SDK's isoDate",
    "GetBucketAcl.output.Grants.item: ours member, the SDK's Grant",
    'InventThing: the SDK has no such operation',
    'PutObject.input.Nothing: ignored, but nothing differs there',
  ]);
  assert.deepEqual(driftReport({ CreateUser }, IAM).differences, [
    "CreateUser.input.UserName.required: ours false, the SDK's true",
  ]);
});

test('matchesPath', () => {
  const cases: [rule: string, path: string, expected: boolean][] = [
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.*', 'a.b', true],
    ['*.b', 'a.b.c', false],
    ['**.c', 'a.b.c', true],
    ['**.c', 'c', true],
    ['a.**.d', 'a.b.c.d', true],
    ['**.b', 'a.b.c', false],
    ['a.**', 'a.b.c', true],
  ];
  for (const [rule, path, expected] of cases) assert.equal(matchesPath(rule, path), expected, rule);
});
