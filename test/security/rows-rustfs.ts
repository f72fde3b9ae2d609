import assert from 'node:assert/strict';
import { allow, policyText } from './cast.ts';
import type { Row } from './row.ts';

const OBJECTS = 'arn:aws:s3:::vault/*';

export const RUSTFS: readonly Row[] = [
  {
    id: 'h956 j59h c667',
    peer: 'RustFS',
    family: 'F8 a route that nobody guards',
    what: 'keys that other servers are shipped with',
    requests: async (cast) =>
      [
        ['minioadmin', 'minioadmin'],
        ['rustfsadmin', 'rustfsadmin'],
        ['any', 'any'],
        ['AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
      ].map(([accessKeyId = '', secretAccessKey = '']) =>
        cast.s3({ accessKeyId, secretAccessKey }, 'GET /'),
      ),
    expected: [403, 'InvalidAccessKeyId'],
  },
  {
    id: 'fc6g 6r96',
    peer: 'RustFS',
    family: 'F10 a condition that is misread',
    what: 'the address of a request is not what its headers say',
    requests: async (cast) => {
      const user = await cast.user({
        ...allow('s3:*', '*'),
        Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.1' } },
      });
      return ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'sourceip'].map((name) =>
        cast.s3(user, 'GET /vault', { headers: { [name]: '192.0.2.1' } }),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: '6r96',
    peer: 'RustFS',
    family: 'F10 a condition that is misread',
    what: 'a version that a parameter names is not the one that a copy reads',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:PutObject', '*'), {
        ...allow('s3:GetObjectVersion', '*'),
        Condition: { StringEquals: { 's3:VersionId': 'allowed' } },
      });
      return [
        cast.s3(user, 'PUT /site/copy?versionId=allowed', {
          headers: { 'x-amz-copy-source': 'vault/secret?versionId=null' },
        }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: '5w8r',
    peer: 'RustFS',
    family: 'F10 a condition that is misread',
    what: 'a tag of the object is the object’s, not the request’s',
    requests: async (cast) => {
      const user = await cast.user({
        ...allow('s3:*', OBJECTS),
        Condition: { StringEquals: { 's3:ExistingObjectTag/public': 'yes' } },
      });
      return [
        cast.s3(user, 'GET /vault/secret'),
        cast.s3(user, 'GET /vault/secret', { headers: { 'x-amz-tagging': 'public=yes' } }),
        cast.s3(user, 'PUT /vault/secret', { headers: { 'x-amz-tagging': 'public=yes' } }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'mx42',
    peer: 'RustFS',
    family: 'F3 the source of a copy',
    what: 'a part is copied only from what its copier may read',
    requests: async (cast) => {
      const { body } = await cast.s3(cast.other, 'POST /elsewhere/parts?uploads');
      const id = /<UploadId>([^<]+)</.exec(body.toString())![1]!;
      const line = `PUT /elsewhere/parts?partNumber=1&uploadId=${id}`;
      return ['vault/secret', '/vault/secret', '%76ault%2Fsecret', 'vault/missing'].map((source) =>
        cast.s3(cast.other, line, { headers: { 'x-amz-copy-source': source } }),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'wfxj',
    peer: 'RustFS',
    family: 'F3 the source of a copy',
    what: 'conditions on the source hold for copies and for parts',
    requests: async (cast) => {
      const { body } = await cast.s3(cast.main, 'POST /site/parts?uploads');
      const id = /<UploadId>([^<]+)</.exec(body.toString())![1]!;
      const headers = {
        'x-amz-copy-source': 'vault/secret',
        'x-amz-copy-source-if-match': '"another"',
      };
      return [
        cast.s3(cast.main, 'PUT /site/copy', { headers }),
        cast.s3(cast.main, `PUT /site/parts?partNumber=1&uploadId=${id}`, { headers }),
      ];
    },
    expected: [412, 'PreconditionFailed'],
  },
  {
    id: 'w5fh',
    peer: 'RustFS',
    family: 'F5 a form and its policy',
    what: 'a condition that is not met, or a field that is missing',
    requests: async (cast) => {
      const bucket = { bucket: 'vault' };
      const key = { key: 'form' };
      return [
        cast.form(cast.main, 'vault', [bucket, { key: 'another' }], key),
        cast.form(cast.main, 'vault', [bucket, ['starts-with', '$key', 'user/']], key),
        cast.form(cast.main, 'vault', [bucket, key, ['eq', '$acl', 'private']], key),
        cast.form(cast.main, 'vault', [bucket], key),
        cast.form(cast.main, 'vault', [key], key),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'w5fh',
    peer: 'RustFS',
    family: 'F5 a form and its policy',
    what: 'a file that is larger than its policy lets it be',
    requests: async (cast) => [
      cast.form(
        cast.main,
        'vault',
        [{ bucket: 'vault' }, { key: 'form' }, ['content-length-range', 0, 3]],
        { key: 'form' },
      ),
    ],
    expected: [400, 'EntityTooLarge'],
  },
  {
    id: '3ppv x298',
    peer: 'RustFS',
    family: 'F11 an answer before the right to it',
    what: 'versions are read, listed and tagged by rights of their own',
    requests: async (cast) => {
      const user = await cast.user(
        allow(['s3:GetObject', 's3:GetObjectTagging', 's3:GetObjectAcl', 's3:ListBucket'], '*'),
      );
      return [
        'GET /vault/secret?versionId=null',
        'GET /vault/secret?versionId=null&tagging',
        'GET /vault/secret?versionId=null&acl',
        'GET /vault?versions',
        'GET /vault?uploads',
      ].map((line) => cast.s3(user, line));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'x298',
    peer: 'RustFS',
    family: 'F11 an answer before the right to it',
    what: 'a public bucket that is shut is shut for every way of listing it',
    requests: async (cast) => {
      const statement = { ...allow('s3:*', ['arn:aws:s3:::vault10', 'arn:aws:s3:::vault10/*']) };
      const body = policyText([{ ...statement, Principal: '*' }]);
      assert.equal((await cast.s3(cast.main, 'PUT /vault10?policy', { body })).status, 204);
      assert.equal((await cast.s3(undefined, 'GET /vault10?versions')).status, 200);
      const shut = '<RestrictPublicBuckets>true</RestrictPublicBuckets>';
      await cast.s3(cast.main, 'PUT /vault10?publicAccessBlock', {
        body: `<PublicAccessBlockConfiguration>${shut}</PublicAccessBlockConfiguration>`,
      });
      return [undefined, cast.other].flatMap((who) =>
        ['GET /vault10', 'GET /vault10?versions', 'GET /vault10?uploads', 'GET /vault10/k'].map(
          (line) => cast.s3(who, line),
        ),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: '8r6f',
    peer: 'RustFS',
    family: 'F4 a path that leaves its place',
    what: 'dots and slashes in a bucket’s place lead nowhere',
    requests: async (cast) =>
      ['%2e%2e', '..', 'elsewhere%2F..%2Fvault', '..%5C', 'vault%00', '%2Fvault'].map((bucket) =>
        cast.s3(cast.main, `GET /${bucket}/secret`),
      ),
    expected: [404, 'NoSuchBucket'],
  },
  {
    id: '5354 566f xgr5 mm2q vcwh 3495',
    peer: 'RustFS',
    family: 'F7 a user who raises himself',
    what: 'who cares for the users of one path does so for no others, nor for himself',
    requests: async (cast) => {
      const staff = `arn:aws:iam::${cast.account}:user/staff/*`;
      const carer = await cast.user(allow('iam:*', staff));
      const PolicyDocument = policyText([allow('*', '*')]);
      const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
      const UserName = carer.name;
      const NewPath = '/staff/';
      await cast.iam(carer, { Action: 'CreateUser', UserName: 'clerk', Path: NewPath });
      await cast.iam(cast.main, { Action: 'CreateGroup', GroupName: 'admins' });
      return [
        { Action: 'PutUserPolicy', UserName, PolicyName: 'p', PolicyDocument },
        { Action: 'AttachUserPolicy', UserName, PolicyArn },
        { Action: 'UpdateUser', UserName, NewPath },
        { Action: 'UpdateUser', UserName: 'clerk', NewPath: '/' },
        { Action: 'AddUserToGroup', UserName, GroupName: 'admins' },
        { Action: 'AddUserToGroup', UserName: 'clerk', GroupName: 'admins' },
        { Action: 'CreatePolicy', PolicyName: 'p', PolicyDocument },
        { Action: 'CreateUser', UserName: 'free' },
        { Action: 'CreateAccessKey' },
        { Action: 'ListAccessKeys' },
      ].map((call) => cast.iam(carer, call));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: '5354',
    peer: 'RustFS',
    family: 'F7 a user who raises himself',
    what: 'who must bound the users that he makes cannot say that others are bounded',
    requests: async (cast) => {
      const PolicyDocument = policyText([allow('*', '*')]);
      await cast.iam(cast.main, { Action: 'CreatePolicy', PolicyName: 'bound', PolicyDocument });
      const PermissionsBoundary = `arn:aws:iam::${cast.account}:policy/bound`;
      const maker = await cast.user({
        ...allow(['iam:CreateUser', 'iam:PutUserPolicy', 'iam:CreateAccessKey'], '*'),
        Condition: { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } },
      });
      const policy = { PolicyName: 'p', PolicyDocument };
      return [
        { Action: 'CreateUser', UserName: 'unbound' },
        { Action: 'PutUserPolicy', UserName: maker.name, ...policy, PermissionsBoundary },
        { Action: 'CreateAccessKey', UserName: maker.name, PermissionsBoundary },
      ].map((call) => cast.iam(maker, call as Readonly<Record<string, string>>));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: '5qfg 3473',
    peer: 'RustFS',
    family: 'F9 a token that proves nothing',
    what: 'a token that nobody signed, from root and from nobody',
    requests: async (cast) =>
      [cast.main, undefined].map((caller) =>
        cast.query('sts', caller, {
          Action: 'AssumeRoleWithWebIdentity',
          RoleArn: `arn:aws:iam::${cast.account}:role/admin`,
          RoleSessionName: 'session',
          WebIdentityToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.',
        }),
      ),
    expected: [400, 'InvalidIdentityToken'],
  },
  {
    id: 'ccrv 48rf xvfh m77q jxrr',
    peer: 'RustFS',
    family: 'F9 a token that proves nothing',
    what: 'a session token that somebody made up',
    requests: async (cast) =>
      ['x', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.'].map((token) =>
        cast.s3(cast.main, 'GET /', { headers: { 'x-amz-security-token': token } }),
      ),
    expected: [400, 'InvalidToken'],
  },
  {
    id: 'x5xv',
    peer: 'RustFS',
    family: 'F14 what an answer says',
    what: 'a rule for every origin gives no credentials and names none',
    requests: async (cast) => {
      const rule = '<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>';
      const body = `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`;
      assert.equal((await cast.s3(cast.main, 'PUT /site?cors', { body })).status, 200);
      return [cast.s3(cast.main, 'GET /site', { headers: { origin: 'https://evil.example' } })];
    },
    expected: [200],
    afterwards: async ([answer]) => {
      assert.equal(answer?.headers['access-control-allow-origin'], '*');
      assert.equal(answer?.headers['access-control-allow-credentials'], undefined);
    },
  },
  {
    id: 'pfcq f5cv 796f xp32 jqmc 8784',
    peer: 'RustFS',
    family: 'F8 a route that nobody guards',
    what: 'paths of administration are keys and buckets like others',
    requests: async (cast) =>
      ['/rustfs/admin/v3/info', '/rustfs/rpc/read_file_stream', '/rustfs/console/config.json'].map(
        (path) => cast.s3(cast.powerless, `GET ${path}`),
      ),
    expected: [404, 'NoSuchBucket'],
  },
];
