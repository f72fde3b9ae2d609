import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';
import {
  allow,
  arnOf,
  deny,
  document,
  lines,
  REPORTS,
  type Statement,
} from './testing/simulation.suite.ts';

/** A user with a group, a role, policies of every source, and a boundary. */
async function furnished() {
  const clients = await openClients();
  const iam = clients.iam();
  const made = await iam.send(
    new IAM.CreatePolicyCommand({ PolicyName: 'Put', PolicyDocument: document(allow('s3:Put*')) }),
  );
  const bob = { UserName: 'bob' };
  await iam.send(
    new IAM.CreateUserCommand({ ...bob, Path: '/team/', Tags: [{ Key: 'Team', Value: 'red' }] }),
  );
  await iam.send(new IAM.CreateGroupCommand({ GroupName: 'staff' }));
  await iam.send(new IAM.AddUserToGroupCommand({ ...bob, GroupName: 'staff' }));
  await iam.send(
    new IAM.PutGroupPolicyCommand({
      GroupName: 'staff',
      PolicyName: 'Delete',
      PolicyDocument: document(allow('s3:DeleteObject')),
    }),
  );
  await iam.send(
    new IAM.PutUserPolicyCommand({
      ...bob,
      PolicyName: 'Own',
      PolicyDocument: document(
        allow('s3:GetObject', `${REPORTS}/\${aws:PrincipalTag/Team}/\${aws:username}/*`),
      ),
    }),
  );
  await iam.send(new IAM.AttachUserPolicyCommand({ ...bob, PolicyArn: made.Policy?.Arn }));
  await iam.send(
    new IAM.AttachUserPolicyCommand({
      ...bob,
      PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess',
    }),
  );
  await iam.send(
    new IAM.CreateRoleCommand({
      RoleName: 'App',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: ACCOUNT },
      }),
    }),
  );
  await iam.send(
    new IAM.PutRolePolicyCommand({
      RoleName: 'App',
      PolicyName: 'Work',
      PolicyDocument: document(allow('s3:GetObject', `${REPORTS}/*`)),
    }),
  );
  const simulate = (input: Partial<IAM.SimulatePrincipalPolicyRequest>) =>
    iam.send(
      new IAM.SimulatePrincipalPolicyCommand({
        PolicySourceArn: arnOf('user', 'team/bob'),
        ActionNames: ['s3:GetObject'],
        ...input,
      }),
    );
  return { ...clients, simulate, client: iam };
}

describe('SimulatePrincipalPolicy', () => {
  test('a user: his own policies, his groups’, AWS’s, and who he is', async () => {
    const { simulate, logged } = await furnished();
    const ResourceArns = [`${REPORTS}/red/bob/x`];
    const answer = await simulate({
      ActionNames: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
      ResourceArns,
    });
    const [resource] = ResourceArns;
    assert.deepEqual(lines(answer), [
      `s3:GetObject ${resource} allowed user:Own`,
      `s3:PutObject ${resource} allowed user-managed:Put`,
      `s3:DeleteObject ${resource} allowed group:Delete`,
      `s3:ListBucket ${resource} implicitDeny`,
    ]);
    const managed = await simulate({ ActionNames: ['iam:GetUser'] });
    assert.deepEqual(lines(managed), ['iam:GetUser * allowed aws-managed:IAMReadOnlyAccess']);
    assert.deepEqual(logged, []);
  });

  test('a boundary that is attached counts, and one that is given instead of it', async () => {
    const { simulate, client } = await furnished();
    await client.send(
      new IAM.PutUserPermissionsBoundaryCommand({
        UserName: 'bob',
        PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess',
      }),
    );
    const ActionNames = ['s3:PutObject'];
    const bounded = await simulate({ ActionNames });
    assert.equal(bounded.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny');
    assert.deepEqual(bounded.EvaluationResults?.[0]?.PermissionsBoundaryDecisionDetail, {
      AllowedByPermissionsBoundary: false,
    });
    const given = await simulate({
      ActionNames,
      PermissionsBoundaryPolicyInputList: [document(allow('s3:*'))],
    });
    assert.equal(given.EvaluationResults?.[0]?.EvalDecision, 'allowed');
    const without = await simulate({
      ActionNames,
      PolicyExclusionList: [{ PolicyType: 'permission-boundary' }],
    });
    assert.equal(without.EvaluationResults?.[0]?.EvalDecision, 'allowed');
  });

  test('policies can be added, and left out', async () => {
    const { simulate } = await furnished();
    const asked = { ActionNames: ['s3:PutObject', 's3:DeleteObject'] };
    const decisions = async (input: Partial<IAM.SimulatePrincipalPolicyRequest>) =>
      (await simulate({ ...asked, ...input })).EvaluationResults?.map(
        ({ EvalDecision }) => EvalDecision,
      );
    const denied = await decisions({ PolicyInputList: [document(deny('s3:Put*'))] });
    assert.deepEqual(denied, ['explicitDeny', 'allowed']);
    const put = arnOf('policy', 'Put');
    const excluded: readonly [IAM.PolicyIdentifier, readonly string[]][] = [
      [{ PolicyArn: put }, ['implicitDeny', 'allowed']],
      [{ PolicyArn: `${put.slice(0, -1)}?` }, ['implicitDeny', 'allowed']],
      [{ PolicyArn: `${put}x` }, ['allowed', 'allowed']],
      [{ PolicyType: 'user-managed' }, ['implicitDeny', 'allowed']],
      [{ PolicyType: 'inline' }, ['allowed', 'implicitDeny']],
      [{ PolicyType: 'scp' }, ['allowed', 'allowed']],
      [
        {
          InlinePolicyIdentifier: {
            PolicyName: 'Delete',
            AttachmentType: 'group',
            AttachmentName: 'st*',
          },
        },
        ['allowed', 'implicitDeny'],
      ],
      [
        {
          InlinePolicyIdentifier: {
            PolicyName: 'Delete',
            AttachmentType: 'user',
            AttachmentName: 'staff',
          },
        },
        ['allowed', 'allowed'],
      ],
    ];
    for (const [identifier, expected] of excluded) {
      const PolicyExclusionList = [identifier];
      assert.deepEqual(
        await decisions({ PolicyExclusionList }),
        expected,
        JSON.stringify(identifier),
      );
    }
  });

  test('a role in a session of it, and a group', async () => {
    const { simulate } = await furnished();
    const ResourceArns = [`${REPORTS}/a`];
    const role = await simulate({ PolicySourceArn: arnOf('role', 'App'), ResourceArns });
    assert.deepEqual(lines(role), [`s3:GetObject ${REPORTS}/a allowed role:Work`]);
    const ResourcePolicy = document({
      ...deny('s3:*'),
      Principal: { AWS: arnOf('role', 'App') },
    });
    const refused = await simulate({
      PolicySourceArn: arnOf('role', 'App'),
      ResourceArns,
      ResourcePolicy,
    });
    assert.deepEqual(lines(refused), [
      `s3:GetObject ${REPORTS}/a explicitDeny resource:ResourcePolicy`,
    ]);
    const group = await simulate({
      PolicySourceArn: arnOf('group', 'staff'),
      ActionNames: ['s3:DeleteObject'],
    });
    assert.deepEqual(lines(group), ['s3:DeleteObject * allowed group:Delete']);
  });

  test('refuses sources that are none, and identifiers that identify nothing', async () => {
    const { simulate } = await furnished();
    const absent = { PolicySourceArn: arnOf('user', 'bob') };
    await assert.rejects(
      simulate(absent),
      failure('NoSuchEntity', 404, `ARN ${absent.PolicySourceArn} was not found.`),
      'it has another path',
    );
    const wrong: Partial<IAM.SimulatePrincipalPolicyRequest>[] = [
      { PolicySourceArn: arnOf('policy', 'Put') },
      { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:root` },
      { PolicyExclusionList: [{ PolicyArn: 'arn:aws:iam::1234:policy/P' }] },
      { PolicyExclusionList: [{ PolicyArn: arnOf('policy', 'a*b*') }] },
      {
        PolicySourceArn: arnOf('group', 'staff'),
        ResourcePolicy: document({ ...allow('s3:*'), Principal: '*' }),
      },
    ];
    for (const input of wrong) {
      await assert.rejects(
        simulate(input),
        ({ name }: Error) => name === 'InvalidInputException',
        JSON.stringify(input),
      );
    }
  });

  test('tells what others may only to whom it may be told', async () => {
    const { iam, client, keyOf } = await furnished();
    await client.send(new IAM.CreateUserCommand({ UserName: 'eve' }));
    const eve = iam(await keyOf('eve'));
    const ask = () =>
      eve.send(
        new IAM.SimulatePrincipalPolicyCommand({
          PolicySourceArn: arnOf('user', 'team/bob'),
          ActionNames: ['s3:GetObject'],
        }),
      );
    const grant = (Condition: Statement) =>
      client.send(
        new IAM.PutUserPolicyCommand({
          UserName: 'eve',
          PolicyName: 'Ask',
          PolicyDocument: document(
            allow('iam:SimulatePrincipalPolicy', arnOf('user', 'team/*'), { Condition }),
          ),
        }),
      );
    await assert.rejects(ask(), ({ name }: Error) => name === 'AccessDenied');
    await grant({ StringEquals: { 'aws:ResourceTag/Team': 'blue' } });
    await assert.rejects(ask(), ({ name }: Error) => name === 'AccessDenied');
    await grant({ StringEquals: { 'aws:ResourceTag/Team': 'red' } });
    assert.equal((await ask()).EvaluationResults?.[0]?.EvalDecision, 'implicitDeny');
  });
});

test('context keys of policies, given and stored', async () => {
  const { client } = await furnished();
  const PolicyInputList = [
    document(
      allow('s3:*', '*', {
        Condition: {
          StringLike: { 's3:prefix': '${aws:userid}' },
          Bool: { 'aws:SecureTransport': true },
        },
      }),
    ),
    document(allow('s3:*', '*', { Condition: { Null: { 'AWS:securetransport': 'false' } } })),
  ];
  const given = await client.send(
    new IAM.GetContextKeysForCustomPolicyCommand({ PolicyInputList }),
  );
  assert.deepEqual(given.ContextKeyNames, ['s3:prefix', 'AWS:securetransport', 'aws:userid']);
  const stored = await client.send(
    new IAM.GetContextKeysForPrincipalPolicyCommand({
      PolicySourceArn: arnOf('user', 'team/bob'),
      PolicyInputList,
    }),
  );
  assert.deepEqual(stored.ContextKeyNames?.slice(0, 2), ['aws:principaltag/team', 'aws:username']);
  await assert.rejects(
    client.send(new IAM.GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['[]'] })),
    ({ name }: Error) => name === 'InvalidInputException',
  );
});
