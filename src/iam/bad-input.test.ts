import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { bindingOf, compileQuery, DecodeError, type QueryOperation } from '../wire/index.ts';
import * as declarations from './api/index.ts';
import { createIamService } from './index.ts';
import { GOOD, KEY_ID } from './testing/parameters.ts';

const description = createIamService({ identity: undefined as never, clock: systemClock });
const protocol = compileQuery(declarations, description);

type Bad = readonly [parameters: Readonly<Record<string, string>>, message: RegExp];

const names = (member: string, lengthMax: number | string, length = 129): Bad[] => {
  const parameter = (value: string) => ({ [member]: value });
  const sentence = new RegExp(
    `^The specified value for ${member[0]!.toLowerCase()}${member.slice(1)} is invalid\\. It must contain only alphanumeric characters and/or the following: \\+=,\\.@_-$`,
  );
  return [
    [parameter('a b'), sentence],
    [parameter('a/b'), sentence],
    [parameter('a*'), sentence],
    [parameter('ü'), sentence],
    [parameter('a\0'), sentence],
    [parameter('a\n'), sentence],
    [parameter(''), /length greater than or equal to 1$/],
    [parameter('a'.repeat(length)), new RegExp(`than or equal to (?:${lengthMax})$`)],
  ];
};
const paths = (member: string): Bad[] => [
  ...['', 'a', '/a', 'a/', '/a b/', '/ä/', '/a/\n'].map((value): Bad => [
    { [member]: value },
    /^The specified value for (path|newPath) is invalid\. It must begin and end with \//,
  ]),
  [{ [member]: `/${'a'.repeat(511)}/` }, /less than or equal to 512$/],
];
const enumerated = (member: string, bad: string): Bad[] => [
  [{ [member]: bad }, /Member must satisfy enum value set: \[/],
];
const lengths = (member: string, min: number, max: number): Bad[] => [
  [{ [member]: 'a'.repeat(min - 1) }, new RegExp(`greater than or equal to ${min}`)],
  [{ [member]: 'a'.repeat(max + 1) }, new RegExp(`less than or equal to ${max}`)],
];
const documents = (member: string): Bad[] => [
  [{ [member]: '' }, /greater than or equal to 1$/],
  [{ [member]: 'a'.repeat(131_073) }, /less than or equal to 131072$/],
  [{ [member]: '{"Ā": 1}' }, /pattern: \[\\u0009/],
  [{ [member]: '\0' }, /pattern: \[\\u0009/],
];
const arns = (member: string): Bad[] => [
  [{ [member]: 'arn:aws:iam::1:p' }, /greater than or equal to 20$/],
  [{ [member]: 'a'.repeat(2049) }, /less than or equal to 2048$/],
];

const booleans = (member: string): Bad[] => [
  [{ [member]: 'yes' }, new RegExp(`at '${member[0]!.toLowerCase()}${member.slice(1)}'`)],
];
const numbers = (member: string, min: number, max: number): Bad[] => [
  [{ [member]: String(min - 1) }, new RegExp(`greater than or equal to ${min}$`)],
  [{ [member]: String(max + 1) }, new RegExp(`less than or equal to ${max}$`)],
  [{ [member]: '1.5' }, new RegExp(`at '${member[0]!.toLowerCase()}${member.slice(1)}'`)],
];
const passwords = (member: string): Bad[] => [
  [{ [member]: '' }, /greater than or equal to 1$/],
  [{ [member]: 'p'.repeat(129) }, /less than or equal to 128$/],
  [{ [member]: 'Ā-secret' }, /^(?!.*secret).*pattern: \[/],
  [{ [member]: 'secret\0' }, /^(?!.*secret).*pattern: \[/],
];
const codes = (member: string): Bad[] => [
  [{ [member]: '12345' }, /greater than or equal to 6$/],
  [{ [member]: '1234567' }, /less than or equal to 6$/],
  [{ [member]: '12345a' }, /pattern: \[\\d\]\+$/],
];

/** What is wrong with each parameter, and what IAM says of it. */
const BAD: Readonly<Record<string, readonly Bad[]>> = {
  UserName: names('UserName', '64|128'),
  NewUserName: names('NewUserName', 64),
  GroupName: names('GroupName', 128),
  NewGroupName: names('NewGroupName', 128),
  RoleName: names('RoleName', 64),
  InstanceProfileName: names('InstanceProfileName', 128),
  OpenIDConnectProviderArn: arns('OpenIDConnectProviderArn'),
  Url: lengths('Url', 1, 255),
  ClientID: lengths('ClientID', 1, 255),
  ClientIDList: lengths('ClientIDList.member.1', 1, 255),
  ThumbprintList: [
    ...lengths('ThumbprintList.member.1', 40, 40),
    [{ 'ThumbprintList.member.1': 'g'.repeat(40) }, /pattern: \[0-9A-Fa-f\]\*$/],
  ],
  AssumeRolePolicyDocument: documents('AssumeRolePolicyDocument'),
  MaxSessionDuration: [
    [{ MaxSessionDuration: '3599' }, /greater than or equal to 3600$/],
    [{ MaxSessionDuration: '43201' }, /less than or equal to 43200$/],
    [{ MaxSessionDuration: '1h' }, /'maxSessionDuration'/],
  ],
  PolicyName: names('PolicyName', 128),
  Path: paths('Path'),
  NewPath: paths('NewPath'),
  PathPrefix: [
    [{ PathPrefix: 'a' }, /regular expression pattern: \\u002F\[\\u0021-\\u007F\]\*$/],
    [{ PathPrefix: '' }, /'pathPrefix' failed/],
  ],
  PolicyArn: arns('PolicyArn'),
  PermissionsBoundary: arns('PermissionsBoundary'),
  AccessKeyId: [
    [{ AccessKeyId: 'AKIA' }, /greater than or equal to 16$/],
    [{ AccessKeyId: 'A'.repeat(129) }, /less than or equal to 128$/],
    [{ AccessKeyId: `${KEY_ID}/` }, /pattern: \[\\w\]\+$/],
  ],
  Status: enumerated('Status', 'active'),
  PolicyDocument: documents('PolicyDocument'),
  Description: [[{ Description: 'a'.repeat(1001) }, /less than or equal to 1000$/]],
  VersionId: ['1', 'v0', 'v', 'V1', 'v01', ' v1', 'v9999999999'].map((value): Bad => [
    { VersionId: value },
    /pattern: v\[1-9\]/,
  ]),
  Tags: [
    [
      { 'Tags.member.1.Key': 'k' },
      /^1 validation error.*at 'tags\.1\.member\.value'.*not be null$/,
    ],
    [{ 'Tags.member.1.Value': 'v' }, /at 'tags\.1\.member\.key'.*Member must not be null$/],
    [{ 'Tags.member.1.Key': '', 'Tags.member.1.Value': 'v' }, /greater than or equal to 1$/],
    [
      { 'Tags.member.1.Key': 'k'.repeat(129), 'Tags.member.1.Value': '' },
      /less than or equal to 128$/,
    ],
    [
      { 'Tags.member.1.Key': 'k', 'Tags.member.1.Value': 'v'.repeat(257) },
      /less than or equal to 256$/,
    ],
    [{ 'Tags.member.1.Key': 'k*', 'Tags.member.1.Value': '' }, /pattern: \[\\p\{L\}/],
    [
      Object.fromEntries(
        Array.from({ length: 51 }, (_, index) => [
          [`Tags.member.${index + 1}.Key`, `k${index}`],
          [`Tags.member.${index + 1}.Value`, ''],
        ]).flat(),
      ),
      /'tags'.*less than or equal to 50$/,
    ],
  ],
  TagKeys: [
    [{ 'TagKeys.member.1': '' }, /greater than or equal to 1$/],
    [{ 'TagKeys.member.1': '?' }, /pattern: \[\\p\{L\}/],
  ],
  Marker: ['', '!', 'Ym9', '/w=='].map((Marker): Bad => [{ Marker }, /^Invalid Marker\.$/]),
  MaxItems: [
    [{ MaxItems: '0' }, /greater than or equal to 1$/],
    [{ MaxItems: '1001' }, /less than or equal to 1000$/],
    [{ MaxItems: '-1' }, /greater than or equal to 1$/],
    [{ MaxItems: '1e2' }, /'maxItems'/],
    [{ MaxItems: '99999999999999999999' }, /'maxItems'/],
  ],
  Scope: enumerated('Scope', 'all'),
  OnlyAttached: [[{ OnlyAttached: 'yes' }, /'onlyAttached'/]],
  PolicyUsageFilter: enumerated('PolicyUsageFilter', 'Both'),
  EntityFilter: enumerated('EntityFilter', 'Users'),
  Password: passwords('Password'),
  OldPassword: passwords('OldPassword'),
  NewPassword: passwords('NewPassword'),
  PasswordResetRequired: booleans('PasswordResetRequired'),
  MinimumPasswordLength: numbers('MinimumPasswordLength', 6, 128),
  RequireSymbols: booleans('RequireSymbols'),
  RequireNumbers: booleans('RequireNumbers'),
  RequireUppercaseCharacters: booleans('RequireUppercaseCharacters'),
  RequireLowercaseCharacters: booleans('RequireLowercaseCharacters'),
  AllowUsersToChangePassword: booleans('AllowUsersToChangePassword'),
  MaxPasswordAge: numbers('MaxPasswordAge', 1, 1095),
  PasswordReusePrevention: numbers('PasswordReusePrevention', 1, 24),
  HardExpiry: booleans('HardExpiry'),
  Arn: arns('Arn'),
  Granularity: enumerated('Granularity', 'service'),
  JobId: [
    [{ JobId: 'x'.repeat(35) }, /greater than or equal to 36$/],
    [{ JobId: 'x'.repeat(37) }, /less than or equal to 36$/],
  ],
  ServiceNamespace: [
    [{ ServiceNamespace: '' }, /greater than or equal to 1$/],
    [{ ServiceNamespace: 's'.repeat(65) }, /less than or equal to 64$/],
    [{ ServiceNamespace: 's3:*' }, /pattern: /],
  ],
  ServiceNamespaces: [
    [{ ServiceNamespaces: '' }, /'serviceNamespaces'.*greater than or equal to 1$/],
    [{ 'ServiceNamespaces.member.1': 's3*' }, /pattern: /],
  ],
  ServiceName: [],
  AllUsers: booleans('AllUsers'),
  AccountAlias: [
    [{ AccountAlias: 'ab' }, /greater than or equal to 3$/],
    [{ AccountAlias: 'a'.repeat(64) }, /less than or equal to 63$/],
    ...['Abc', '-abc', 'abc-', 'a--b', 'a.b', 'a b', 'äbc'].map((AccountAlias): Bad => [
      { AccountAlias },
      /pattern: \^\[a-z0-9\]/,
    ]),
  ],
  Filter: [[{ 'Filter.member.1': 'Users' }, /Member must satisfy enum value set: \[/]],
  VirtualMFADeviceName: names('VirtualMFADeviceName', 226, 227),
  SerialNumber: [
    [{ SerialNumber: 'GAHT1234' }, /greater than or equal to 9$/],
    [{ SerialNumber: 's'.repeat(257) }, /less than or equal to 256$/],
    [{ SerialNumber: 'arn:aws:iam::*:mfa/x' }, /pattern: \[\\w/],
  ],
  AuthenticationCode1: codes('AuthenticationCode1'),
  AuthenticationCode2: codes('AuthenticationCode2'),
  AssignmentStatus: enumerated('AssignmentStatus', 'any'),
  SetAsDefault: [[{ SetAsDefault: '1' }, /'setAsDefault'/]],
  PolicySourceArn: arns('PolicySourceArn'),
  PolicyInputList: documents('PolicyInputList.member.1'),
  PermissionsBoundaryPolicyInputList: documents('PermissionsBoundaryPolicyInputList.member.1'),
  OrderedOrganizationPolicyInputList: documents(
    'OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1',
  ),
  PolicyExclusionList: [
    ...enumerated('PolicyExclusionList.member.1.PolicyType', 'Inline'),
    ...arns('PolicyExclusionList.member.1.PolicyArn'),
    [
      { 'PolicyExclusionList.member.1.InlinePolicyIdentifier.PolicyName': 'p' },
      /^2 validation errors.*attachmentType.*attachmentName/,
    ],
  ],
  ActionNames: lengths('ActionNames.member.1', 3, 128),
  ResourceArns: lengths('ResourceArns.member.1', 1, 2048),
  ResourcePolicy: documents('ResourcePolicy'),
  ResourceOwner: lengths('ResourceOwner', 1, 2048),
  CallerArn: lengths('CallerArn', 1, 2048),
  ContextEntries: [
    ...lengths('ContextEntries.member.1.ContextKeyName', 5, 256),
    ...enumerated('ContextEntries.member.1.ContextKeyType', 'text'),
  ],
  ResourceHandlingOption: lengths('ResourceHandlingOption', 1, 64),
};

const operations: QueryOperation[] = Object.values(declarations);
const memberNames = ({ input }: QueryOperation) => Object.keys(input.members);
const isRequired = ({ input }: QueryOperation, member: string) =>
  bindingOf(input.members[member]!).isRequired;

/** The answer's message when these parameters are decoded; undefined when nothing is wrong. */
function refusalOf(operation: QueryOperation, parameters: Readonly<Record<string, string>>) {
  const form = new Map(Object.entries({ Action: operation.action, ...parameters }));
  try {
    protocol.decode(operation, form);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DecodeError);
    assert.equal(error.kind, 'constraint');
    const own = description.toError(error);
    assert.ok(own === undefined || own.code === 'ValidationError');
    return own?.message ?? error.message;
  }
}

const goodForm = (members: readonly string[]) =>
  Object.assign({}, ...members.map((member) => GOOD[member])) as Record<string, string>;

test('every operation takes what is in order, with and without what is optional', () => {
  for (const operation of operations) {
    const all = memberNames(operation);
    for (const member of all) assert.ok(GOOD[member] && BAD[member], member);
    assert.equal(refusalOf(operation, goodForm(all)), undefined, operation.action);
    const needed = all.filter((member) => isRequired(operation, member));
    assert.equal(refusalOf(operation, goodForm(needed)), undefined, operation.action);
  }
});

test('every operation names the member that is missing', () => {
  for (const operation of operations) {
    for (const missing of memberNames(operation)) {
      if (!isRequired(operation, missing)) continue;
      const rest = memberNames(operation).filter((member) => member !== missing);
      const message = refusalOf(operation, goodForm(rest));
      const name = missing[0]!.toLowerCase() + missing.slice(1);
      assert.equal(
        message,
        `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
        operation.action,
      );
    }
  }
});

test('every operation refuses every bad value of every member in IAM’s words', () => {
  let count = 0;
  for (const operation of operations) {
    const all = memberNames(operation);
    for (const member of all) {
      const rest = goodForm(all.filter((other) => other !== member));
      for (const [parameters, message] of BAD[member]!) {
        const refusal = refusalOf(operation, { ...rest, ...parameters });
        const what = `${operation.action} ${JSON.stringify(parameters).slice(0, 80)}`;
        assert.ok(refusal !== undefined, what);
        assert.match(refusal, message, what);
        count += 1;
      }
    }
  }
  assert.ok(count > 500, `${count} cases`);
});

test('a new user’s name is shorter than what refers to one', () => {
  const { CreateUser, GetUser } = declarations;
  const parameters = { UserName: 'a'.repeat(65) };
  assert.match(refusalOf(CreateUser, parameters) ?? '', /less than or equal to 64$/);
  assert.equal(refusalOf(GetUser, parameters), undefined);
});

test('several mistakes are told at once, and a long value is not repeated at length', () => {
  const message = refusalOf(declarations.CreateAccessKey, { UserName: 'a'.repeat(100_000) }) ?? '';
  assert.ok(message.length < 2000);
  const two = refusalOf(declarations.ListUsers, { MaxItems: '0', PathPrefix: 'x' }) ?? '';
  assert.match(two, /^2 validation errors detected: /);
});
