import { testPairs } from '../testing/pairs.suite.ts';
import { DOCUMENT_CHECKS } from './documents.ts';

const Version = '2012-10-17';
const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const HOME = { ...GET, Resource: 'arn:aws:s3:::reports/${aws:username}/*' };
const PUBLIC = { ...GET, Principal: '*' };
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `arn:aws:s3:::reports/${index + 10_000}`);

testPairs(DOCUMENT_CHECKS, [
  {
    code: 'MissingVersion',
    found: { Statement: GET },
    clean: GET,
    fixed: { Version, Statement: GET },
  },
  {
    code: 'OldVersion',
    found: { Version: '2008-10-17', Statement: GET },
    clean: { Statement: GET },
    fixed: { Version, Statement: GET },
  },
  {
    code: 'VariableInOldVersion',
    found: { Version: '2008-10-17', Statement: HOME },
    clean: HOME,
    fixed: { Version, Statement: HOME },
  },
  {
    code: 'VariableInOldVersion',
    found: { Statement: { ...GET, Condition: { StringLike: { 's3:prefix': '${aws:userid}/*' } } } },
    clean: { Statement: { ...GET, Condition: { StringLike: { 's3:prefix': '$/*' } } } },
  },
  {
    code: 'ExceedsQuota',
    found: { ...GET, Resource: many(230) },
    clean: { ...GET, Resource: many(200) },
  },
  {
    code: 'ExceedsQuota',
    kind: 'resource',
    found: { ...PUBLIC, Resource: many(700) },
    clean: { ...PUBLIC, Resource: many(400) },
  },
  {
    code: 'RepeatedSid',
    kind: 'resource',
    found: [
      { ...PUBLIC, Sid: 'Read' },
      { ...PUBLIC, Sid: 'Read' },
    ],
    clean: [{ ...PUBLIC, Sid: 'Read' }, { ...PUBLIC, Sid: 'Write' }, PUBLIC, PUBLIC],
  },
  { code: 'EmptySid', found: { Sid: '', ...GET }, clean: { Sid: 'a', ...GET }, fixed: GET },
  {
    code: 'EmptyCondition',
    found: { ...GET, Condition: {} },
    clean: { ...GET, Condition: { Bool: { 'aws:SecureTransport': true } } },
    fixed: GET,
  },
  {
    code: 'EmptyOperator',
    found: { ...GET, Condition: { Bool: { 'aws:SecureTransport': true }, StringEquals: {} } },
    clean: { ...GET, Condition: { Bool: { 'aws:SecureTransport': true } } },
    fixed: { ...GET, Condition: { Bool: { 'aws:SecureTransport': true } } },
  },
  {
    code: 'EmptyValues',
    found: { ...GET, Condition: { StringEquals: { 'aws:username': [] } } },
    clean: { ...GET, Condition: { StringEquals: { 'aws:username': ['ana'] } } },
    says: 'never holds',
  },
  {
    code: 'RepeatedValue',
    found: { ...GET, Condition: { StringEquals: { 'aws:username': ['ana', 'bob', 'ana'] } } },
    clean: { ...GET, Condition: { StringEquals: { 'aws:username': ['ana', 'bob', 'Ana'] } } },
    fixed: { ...GET, Condition: { StringEquals: { 'aws:username': ['ana', 'bob'] } } },
  },
]);
