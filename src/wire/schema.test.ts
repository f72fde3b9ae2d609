import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  action,
  attribute,
  boolean,
  flat,
  header,
  integer,
  isoDate,
  label,
  list,
  named,
  oneOf,
  operation,
  payload,
  prefix,
  query,
  required,
  status,
  stream,
  string,
  struct,
  text,
  type Handlers,
  type Input,
  type Output,
} from './index.ts';
import type { ByteSource, RequestBody } from '../base/http.ts';

const checksums = { ChecksumCRC32: header('x-amz-checksum-crc32', string) };

const PutThing = operation('PUT /{Bucket}/{Key+}?thing&kind=2', {
  allows: (input) => (input.VersionId === undefined ? 's3:PutObject' : 's3:PutObjectVersion'),
  checksum: 'required',
  status: 204,
  input: {
    Bucket: label(string),
    Key: label(text({ max: 1024 })),
    Body: payload(stream),
    ACL: header('x-amz-acl', oneOf('private', 'public-read')),
    Metadata: prefix('x-amz-meta-'),
    MaxKeys: query('max-keys', integer),
    Count: required(query('count', integer({ min: 1, max: 9 }))),
    VersionId: query('versionId', string),
    ...checksums,
  },
  output: { Body: payload(stream), StatusCode: status(integer), ...checksums },
});

const ListThings = action('ListThings', {
  allows: ['iam:ListThings'],
  on: (input, account) => `arn:aws:iam::${account}:user/${input.UserName}`,
  input: { UserName: required(string), Tags: list(struct({ Key: required(string) })) },
  output: {
    Things: required(
      flat(list(struct({ At: isoDate, Type: attribute('xsi:type', string), Is: boolean }))),
    ),
    Other: named('Another', string),
  },
});

const DropThing = action('DropThing', { allows: 'x', input: {}, output: {} });

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only for true, which is the whole test. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

test('Input and Output are inferred: required members are there, others may be undefined', () => {
  holds<
    Equal<
      Input<typeof PutThing>,
      {
        readonly Bucket: string;
        readonly Key: string;
        readonly Body: RequestBody;
        readonly Count: number;
        readonly ACL?: 'private' | 'public-read' | undefined;
        readonly Metadata?: Readonly<Record<string, string>> | undefined;
        readonly MaxKeys?: number | undefined;
        readonly VersionId?: string | undefined;
        readonly ChecksumCRC32?: string | undefined;
      }
    >
  >();
  holds<
    Equal<
      Output<typeof PutThing>,
      {
        readonly Body: ByteSource;
        readonly StatusCode?: number | undefined;
        readonly ChecksumCRC32?: string | undefined;
      }
    >
  >();
  holds<Equal<Input<typeof ListThings>['Tags'], readonly { readonly Key: string }[] | undefined>>();
  holds<
    Equal<
      Output<typeof ListThings>['Things'],
      readonly {
        readonly At?: Date | undefined;
        readonly Type?: string | undefined;
        readonly Is?: boolean | undefined;
      }[]
    >
  >();
  holds<
    Equal<
      keyof Handlers<{ PutThing: typeof PutThing; other: string; f: () => void }, null>,
      'PutThing'
    >
  >();
});

test('Handlers wants a handler of the right type for every operation', () => {
  type Table = Handlers<{ ListThings: typeof ListThings; DropThing: typeof DropThing }, null>;
  const listThings = () => ({ Things: [{ Is: true }] });
  const complete: Table = { ListThings: listThings, DropThing: async () => ({}) };
  // @ts-expect-error DropThing has no handler.
  const missing: Table = { ListThings: listThings };
  // @ts-expect-error An answer lacks the required Things.
  const wrongAnswer: Table = { ...complete, ListThings: () => ({}) };
  // @ts-expect-error An input has no member Nothing.
  const wrongInput: Table = { ...complete, DropThing: ({ Nothing }) => ({ Nothing }) };
  assert.ok(complete && missing && wrongAnswer && wrongInput);
});

test('operation reads its route', () => {
  assert.deepEqual(
    [PutThing.method, PutThing.level, PutThing.literals, PutThing.status, PutThing.checksum],
    [
      'PUT',
      'key',
      [
        ['thing', undefined],
        ['kind', '2'],
      ],
      204,
      'required',
    ],
  );
  const spec = { allows: 'x', input: {}, output: {} };
  assert.equal(operation('GET /', spec).level, 'service');
  assert.equal(operation('GET /{Bucket}', spec).level, 'bucket');
  for (const route of ['GET', 'get /', 'GET /{Bucket}/{Key}', 'GET /bucket', 'GET /{Key+}']) {
    assert.throws(() => operation(route, spec), /Route/);
  }
});

test('integer stands for itself and takes limits', () => {
  assert.equal(integer.parse('12'), 12);
  assert.deepEqual({ ...integer }.name, 'integer');
  assert.deepEqual(integer({ max: 3 }).violations?.(4), [
    'Member must have value less than or equal to 3',
  ]);
});
