import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));

/** The policy of a guide, for a bucket of one's own. */
const MEDUSA = readFileSync(new URL('../fixtures/policies/medusa.json', import.meta.url), 'utf8')
  .replaceAll('<bucket-name>', 'backups')
  .replace('s3:HeadBucket', 's3:ListAllMyBuckets');

describe('aws iam simulate-…', { skip }, () => {
  let server: TestServer;
  let aws: AwsCli;
  let user: AwsCli;
  let arn: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    arn = (await aws.json('iam create-user --user-name medusa')).User.Arn;
    await aws(
      words(
        'iam put-user-policy --user-name medusa --policy-name Backups --policy-document',
        MEDUSA,
      ),
    );
    const { AccessKey: key } = await aws.json('iam create-access-key --user-name medusa');
    const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
    user = awsCli(kept.use(openWorkplace()), { endpoint, credentials });
    await aws('s3api create-bucket --bucket backups');
    await aws('s3api put-object --bucket backups --key a');
  });
  after(() => kept.disposeAsync());

  test('what is simulated is what happens', async () => {
    const steps: readonly [action: string, resource: string, command: string][] = [
      ['s3:PutObject', 'arn:aws:s3:::backups/b', 's3api put-object --bucket backups --key b'],
      [
        's3:PutObjectTagging',
        'arn:aws:s3:::backups/a',
        's3api put-object-tagging --bucket backups --key a --tagging TagSet=[{Key=k,Value=v}]',
      ],
      ['s3:ListBucket', 'arn:aws:s3:::backups', 's3api list-objects-v2 --bucket backups'],
      ['s3:ListAllMyBuckets', '*', 's3api list-buckets'],
      [
        's3:PutBucketVersioning',
        'arn:aws:s3:::backups',
        's3api put-bucket-versioning --bucket backups --versioning-configuration Status=Enabled',
      ],
    ];
    for (const [action, resource, command] of steps) {
      const { EvaluationResults: results } = await aws.json(
        words(
          `iam simulate-principal-policy --policy-source-arn ${arn} --action-names ${action}`,
        ).concat('--resource-arns', resource),
      );
      const [{ EvalDecision: decision, MatchedStatements: matched }] = results;
      if (decision === 'allowed') {
        await user(command);
        assert.equal(matched[0].SourcePolicyId, 'Backups');
        const { Line: line, Column: column } = matched[0].StartPosition;
        assert.equal(MEDUSA.split('\n')[line - 1]?.[column - 1], '{');
      } else {
        assert.equal((await user.refused(command)).code, 'AccessDenied', action);
        assert.deepEqual(matched, []);
      }
    }
  });

  test('policies that are stored nowhere, with context', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      },
    });
    const asked = words(
      'iam simulate-custom-policy --action-names s3:GetObject --policy-input-list',
      policy,
    );
    const { EvaluationResults: missing } = await aws.json(asked);
    assert.equal(missing[0].EvalDecision, 'implicitDeny');
    assert.deepEqual(missing[0].MissingContextValues, ['aws:SourceIp']);
    const entry = 'ContextKeyName=aws:SourceIp,ContextKeyType=ip,ContextKeyValues=10.1.2.3';
    const { EvaluationResults: given } = await aws.json([...asked, '--context-entries', entry]);
    assert.equal(given[0].EvalDecision, 'allowed');
    const keys = await aws.json(
      words('iam get-context-keys-for-custom-policy --policy-input-list', policy),
    );
    assert.deepEqual(keys.ContextKeyNames, ['aws:SourceIp']);
  });

  test('an operation of S3 that is no action is told apart, and pages are followed', async () => {
    const refused = await aws.refused(
      words('iam simulate-custom-policy --action-names s3:HeadBucket --policy-input-list', MEDUSA),
    );
    assert.equal(refused.code, 'InvalidInput');
    assert.match(refused.message, /authorized as s3:ListBucket/);
    const { EvaluationResults: results } = await aws.json(
      `iam simulate-principal-policy --page-size 2 --policy-source-arn ${arn} --action-names s3:GetObject s3:PutObject s3:ListBucket s3:DeleteObject s3:DeleteBucket`,
    );
    assert.equal(results.length, 5);
  });
});
