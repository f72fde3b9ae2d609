/** Decisions a second of the policy engine, on one core. Run alone: `node bench/policy.ts`. */
import {
  type AccessRequest,
  type ApplicablePolicies,
  type PolicyKind,
  type PolicySource,
  compilePolicy,
  evaluate,
  parsePolicy,
} from '../src/policy/index.ts';
import { assert } from '../src/base/assert.ts';

export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const ACCOUNT = '111122223333';
const ROUNDS = 5;
const DECISIONS_PER_ROUND = 200_000;

function compile(kind: PolicyKind, type: PolicySource['type'], statements: readonly object[]) {
  const parsed = parsePolicy(
    JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    kind,
  );
  assert(parsed.ok, 'the benchmark has a malformed policy');
  return compilePolicy(parsed.document, { type, id: 'bench' });
}

const ONE_STATEMENT: ApplicablePolicies = {
  identity: [
    compile('identity', 'identity-based', [
      { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] },
    ]),
  ],
};

/** Three identity policies of five statements, a bucket policy of four, a boundary of one. */
const TWENTY_STATEMENTS: ApplicablePolicies = {
  identity: ['a', 'b', 'c'].map((team) =>
    compile('identity', 'identity-based', [
      {
        Effect: 'Deny',
        Action: 's3:*',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Effect: 'Deny',
        Action: ['s3:Get*', 's3:Put*'],
        Resource: 'arn:aws:s3:::*/*.secret',
        Condition: { StringNotEquals: { 'aws:PrincipalTag/team': team } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: `arn:aws:s3:::team-${team}/home/\${aws:username}/*`,
        Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] } },
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::team-${team}` },
      {
        Effect: 'Allow',
        Action: 's3:Get*',
        Resource: `arn:aws:s3:::team-${team}/*/public/*`,
        Condition: { NumericLessThan: { 's3:signatureAge': '600000' } },
      },
    ]),
  ),
  resource: compile('resource', 'resource-based', [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::team-c', 'arn:aws:s3:::team-c/*'],
      Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] } },
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:DeleteObject',
      Resource: 'arn:aws:s3:::team-c/*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
    {
      Effect: 'Allow',
      Principal: { AWS: '444455556666' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::team-c/*',
    },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::team-c/*',
      Condition: { StringLike: { 'aws:UserAgent': 'curl*' } },
    },
  ]),
  boundary: compile('identity', 'permissions boundary', [
    { Effect: 'Allow', Action: 's3:*', Resource: '*' },
  ]),
};

const CONTEXT = new Map<string, string>([
  ['aws:username', 'ana'],
  ['aws:sourceip', '203.0.113.7'],
  ['aws:securetransport', 'true'],
  ['aws:principaltag/team', 'c'],
  ['aws:useragent', 'aws-cli/2.15'],
  ['s3:signatureage', '1200'],
]);

/** A thousand keys, since no server is asked for the same object all day. */
function makeRequests(bucket: string): readonly AccessRequest[] {
  return Array.from({ length: 1000 }, (_, index) => ({
    principal: {
      kind: 'user',
      accountId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:user/ana`,
      userId: 'AIDAANAANAANAANAANA1',
    },
    action: 's3:GetObject',
    resource: `arn:aws:s3:::${bucket}/home/ana/reports/2026/${index}.csv`,
    resourceAccountId: ACCOUNT,
    context: (key) => CONTEXT.get(key),
  }));
}

function decisionsPerSecond(
  requests: readonly AccessRequest[],
  policies: ApplicablePolicies,
): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = process.hrtime.bigint();
    for (let count = 0; count < DECISIONS_PER_ROUND; count++) {
      const request = requests[count % requests.length];
      assert(
        request !== undefined && evaluate(request, policies).effect === 'Allow',
        'the benchmark measures allowed requests',
      );
    }
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    best = Math.max(best, DECISIONS_PER_ROUND / seconds);
  }
  return best;
}

/** The best of several rounds, which is the one that other programs disturbed least. */
export async function benchPolicy(): Promise<BenchResult[]> {
  const rows = [
    { name: 'policy decision, 1 statement', bucket: 'b', policies: ONE_STATEMENT },
    { name: 'policy decision, 20 statements', bucket: 'team-c', policies: TWENTY_STATEMENTS },
  ];
  return rows.flatMap(({ name, bucket, policies }) => {
    const rate = decisionsPerSecond(makeRequests(bucket), policies);
    return [
      { name, value: Math.round(rate), unit: 'decisions/s' },
      { name, value: Number((1e6 / rate).toFixed(3)), unit: 'µs/decision' },
    ];
  });
}

if (import.meta.main) {
  for (const { name, value, unit } of await benchPolicy()) {
    console.log(`${name.padEnd(34)} ${value.toLocaleString('en-US').padStart(14)} ${unit}`);
  }
}
