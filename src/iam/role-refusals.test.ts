import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const VERSION = '2012-10-17';
const EC2 = { Service: 'ec2.amazonaws.com' };
const GOOD = { Effect: 'Allow', Principal: EC2, Action: 'sts:AssumeRole' };
const trust = (statement: unknown, version: unknown = VERSION) =>
  JSON.stringify({ Version: version, Statement: statement });
const app = { RoleName: 'App' };

const SYNTAX = 'Syntax errors in policy.';
const ACTIONS = 'AssumeRole policy may only specify STS AssumeRole actions.';

/** What can be wrong with a trust policy, and what IAM says of it. */
const DOCUMENTS: readonly [document: string, message: string][] = [
  ['no json', SYNTAX],
  ['[]', SYNTAX],
  ['"text"', SYNTAX],
  ['{}', SYNTAX],
  [`{"Version":"${VERSION}"}`, SYNTAX],
  [trust([]), SYNTAX],
  [trust('Allow'), SYNTAX],
  [trust(GOOD).slice(0, -1), SYNTAX],
  [`${trust(GOOD)}}`, SYNTAX],
  [trust(GOOD).replace('"Effect"', '"Effect":"Allow","Effect"'), SYNTAX],
  [trust(GOOD).replace('"Effect"', '"effect":"Allow","Effect"'), SYNTAX],
  [trust(GOOD, '2012-10-18'), SYNTAX],
  [trust(GOOD, 20_121_017), SYNTAX],
  [trust({ ...GOOD, Effect: 'Permit' }), SYNTAX],
  [trust({ ...GOOD, Effect: 'allow' }), 'The policy failed legacy parsing'],
  [trust({ ...GOOD, Effect: undefined }), SYNTAX],
  [trust({ ...GOOD, Extra: 'x' }), SYNTAX],
  [trust({ ...GOOD, Action: undefined }), 'Policy statement must contain actions.'],
  [trust({ ...GOOD, Action: [] }), 'Policy statement must contain actions.'],
  [trust({ ...GOOD, Action: 'AssumeRole' }), 'Actions/Conditions must be prefaced by a vendor'],
  [trust({ ...GOOD, Action: 's3:GetObject' }), ACTIONS],
  [trust({ ...GOOD, Action: '*' }), ACTIONS],
  [trust({ ...GOOD, Action: undefined, NotAction: 'sts:AssumeRole' }), ACTIONS],
  [trust({ ...GOOD, Resource: '*' }), 'Has prohibited field Resource'],
  [trust({ ...GOOD, NotResource: '*' }), 'Has prohibited field NotResource'],
  [trust({ ...GOOD, Principal: undefined }), 'Missing required field Principal'],
  [
    trust({ ...GOOD, Principal: undefined, NotPrincipal: EC2 }),
    'Has prohibited field NotPrincipal',
  ],
  [trust({ ...GOOD, Principal: 'ec2.amazonaws.com' }), SYNTAX],
  [trust({ ...GOOD, Principal: {} }), SYNTAX],
  [trust({ ...GOOD, Principal: { AWS: [] } }), SYNTAX],
  [trust({ ...GOOD, Principal: { AWS: 7 } }), SYNTAX],
  [trust({ ...GOOD, Principal: { User: 'bob' } }), SYNTAX],
  [trust({ ...GOOD, Principal: { AWS: 'bob' } }), 'Invalid principal in policy: "AWS":"bob"'],
  [
    trust({ ...GOOD, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/*` } }),
    `Invalid principal in policy: "AWS":"arn:aws:iam::${ACCOUNT}:user/*"`,
  ],
  [
    trust({ ...GOOD, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:group/g` } }),
    `Invalid principal in policy: "AWS":"arn:aws:iam::${ACCOUNT}:group/g"`,
  ],
  [trust({ ...GOOD, Sid: 'a b' }), 'Statement IDs (SID) must be alpha-numeric.'],
  [
    trust([
      { ...GOOD, Sid: 'a' },
      { ...GOOD, Sid: 'a' },
    ]),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  [trust({ ...GOOD, Condition: { StringLike: 'x' } }), SYNTAX],
  [trust({ ...GOOD, Condition: { StringSame: { 'sts:ExternalId': 'x' } } }), SYNTAX],
];

test('a trust policy of any invalid kind is refused in IAM’s words, and changes nothing', async () => {
  const { iam: client, identity, logged } = await openClients();
  const iam = client();
  await identity.createRole(ACCOUNT, { name: 'App', trustText: trust(GOOD) });
  for (const [document, message] of DOCUMENTS) {
    for (const command of [
      new IAM.CreateRoleCommand({ RoleName: 'New', AssumeRolePolicyDocument: document }),
      new IAM.UpdateAssumeRolePolicyCommand({ ...app, PolicyDocument: document }),
    ]) {
      await assert.rejects(iam.send(command as never), (error: IAM.IAMServiceException) => {
        assert.ok(error.message.includes(message), `${document}: ${error.message}`);
        return failure('MalformedPolicyDocument', 400)(error);
      });
    }
  }
  const { items } = await identity.listRoles(ACCOUNT, { limit: 10 });
  assert.deepEqual(
    items.map(({ name, trustText }) => [name, trustText]),
    [['App', trust(GOOD)]],
  );
  assert.deepEqual(logged, []);
});

test('refusals about roles come with IAM’s codes, and change nothing', async () => {
  const { iam: client, identity, logged } = await openClients();
  const iam = client();
  const before = await identity.createRole(ACCOUNT, { name: 'App', trustText: trust(GOOD) });
  const { id: other } = await identity.createAccount({ name: 'Other' });
  const text = trust({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
  await identity.createPolicy(other, { name: 'p', text });
  const foreign = `arn:aws:iam::${other}:policy/p`;
  const absent = `arn:aws:iam::${ACCOUNT}:policy/none`;
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ];
  const made = { RoleName: 'New', AssumeRolePolicyDocument: trust(GOOD) };
  const inline = { ...app, PolicyName: 'i' };
  const notAttachable = (arn: string) => `Policy ${arn} does not exist or is not attachable.`;
  const noRole = 'The role with name None cannot be found.';
  const none = { RoleName: 'None' };
  const cases: [
    command: { readonly input: object },
    code: string,
    status: number,
    says?: string,
  ][] = [
    [
      new IAM.CreateRoleCommand({ ...made, RoleName: 'APP' }),
      'EntityAlreadyExists',
      409,
      'Role with name APP already exists.',
    ],
    [new IAM.CreateRoleCommand({ ...made, Tags: twice }), 'InvalidInput', 400],
    [
      new IAM.CreateRoleCommand({ ...made, PermissionsBoundary: foreign }),
      'NoSuchEntity',
      404,
      notAttachable(foreign),
    ],
    [
      new IAM.CreateRoleCommand({ ...made, PermissionsBoundary: 'not-an-arn-of-anything' }),
      'InvalidInput',
      400,
      'ARN not-an-arn-of-anything is not valid.',
    ],
    [
      new IAM.PutRolePermissionsBoundaryCommand({ ...app, PermissionsBoundary: absent }),
      'NoSuchEntity',
      404,
      notAttachable(absent),
    ],
    [
      new IAM.AttachRolePolicyCommand({ ...app, PolicyArn: foreign }),
      'NoSuchEntity',
      404,
      notAttachable(foreign),
    ],
    [
      new IAM.AttachRolePolicyCommand({ ...app, PolicyArn: `arn:aws:iam::${ACCOUNT}:role/App` }),
      'InvalidInput',
      400,
    ],
    [
      new IAM.DetachRolePolicyCommand({ ...app, PolicyArn: absent }),
      'NoSuchEntity',
      404,
      `Policy ${absent} was not found.`,
    ],
    [
      new IAM.PutRolePolicyCommand({ ...inline, PolicyDocument: trust(GOOD) }),
      'MalformedPolicyDocument',
      400,
      'Policy document should not specify a principal.',
    ],
    [
      new IAM.PutRolePolicyCommand({ ...inline, PolicyDocument: '{}' }),
      'MalformedPolicyDocument',
      400,
    ],
    [
      new IAM.PutRolePolicyCommand({
        ...inline,
        PolicyDocument: trust({
          Effect: 'Allow',
          Action: `s3:${'x'.repeat(10_240)}`,
          Resource: '*',
        }),
      }),
      'LimitExceeded',
      409,
      'Maximum policy size of 10240 bytes exceeded for role App',
    ],
    [
      new IAM.DeleteRolePolicyCommand(inline),
      'NoSuchEntity',
      404,
      'The role policy with name i cannot be found.',
    ],
    [
      new IAM.TagRoleCommand({
        ...app,
        Tags: Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
      }),
      'LimitExceeded',
      409,
      'Cannot exceed quota for TagsPerResource: 50',
    ],
    [new IAM.UpdateRoleCommand(none), 'NoSuchEntity', 404, noRole],
    [
      new IAM.UpdateAssumeRolePolicyCommand({ ...none, PolicyDocument: trust(GOOD) }),
      'NoSuchEntity',
      404,
      noRole,
    ],
    [new IAM.ListRolePoliciesCommand(none), 'NoSuchEntity', 404, noRole],
    [new IAM.ListAttachedRolePoliciesCommand(none), 'NoSuchEntity', 404, noRole],
    [new IAM.ListInstanceProfilesForRoleCommand(none), 'NoSuchEntity', 404, noRole],
    [new IAM.DeleteRolePermissionsBoundaryCommand(none), 'NoSuchEntity', 404, noRole],
  ];
  await identity.tagRole(ACCOUNT, 'App', [{ key: 'own', value: '' }]);
  const tagged = { ...before, tags: [{ key: 'own', value: '' }] };
  for (const [command, code, status, message] of cases) {
    await assert.rejects(iam.send(command as never), failure(code, status, message));
  }
  const { items } = await identity.listRoles(ACCOUNT, { limit: 10 });
  assert.deepEqual(items, [tagged]);
  assert.deepEqual(logged, []);
});

test('changes of one role at once are all kept', async () => {
  const { identity, iam: client } = await openClients();
  const iam = client();
  await identity.createRole(ACCOUNT, { name: 'App', trustText: trust(GOOD) });
  const policy = trust({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  for (const n of numbers) await identity.createPolicy(ACCOUNT, { name: `p${n}`, text: policy });
  const changes = numbers.flatMap((n) => [
    new IAM.AttachRolePolicyCommand({ ...app, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/p${n}` }),
    new IAM.PutRolePolicyCommand({ ...app, PolicyName: `i${n}`, PolicyDocument: policy }),
    new IAM.TagRoleCommand({ ...app, Tags: [{ Key: `t${n}`, Value: '' }] }),
    new IAM.UpdateAssumeRolePolicyCommand({
      ...app,
      PolicyDocument: trust({ ...GOOD, Sid: `s${n}` }),
    }),
  ]);
  await Promise.all(changes.map((command) => iam.send(command as never)));
  const role = await identity.getRole(ACCOUNT, 'App');
  assert.equal(role.attachedPolicyIds.length, 10);
  assert.equal(role.inlinePolicies.length, 10);
  assert.equal(role.tags.length, 10);
  assert.match(role.trustText, /"Sid":"s\d"/);
  for (const n of numbers) {
    const arn = `arn:aws:iam::${ACCOUNT}:policy/p${n}`;
    assert.equal((await identity.getPolicy(ACCOUNT, arn)).attachmentCount, 1);
  }
});
