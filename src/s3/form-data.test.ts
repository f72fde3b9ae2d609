import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { collectBody } from '../base/http.ts';
import { S3Error } from './errors.ts';
import { FORM_OVERHEAD_SIZE_MAX, readUploadForm } from './form-data.ts';

const BOUNDARY = 'xYzZY';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

type Part = readonly [disposition: string, content: string | Uint8Array];

function field(name: string, value: string): Part {
  return [`form-data; name="${name}"`, value];
}

function file(content: string | Uint8Array, name = 'a.txt'): Part {
  return [`form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain`, content];
}

function bytesOf(parts: readonly Part[], boundary = BOUNDARY): Buffer {
  const pieces = parts.flatMap(([disposition, content]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n\r\n`),
    Buffer.from(content as Uint8Array),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

/** A body that counts what was asked of it. */
function bodyOfChunks(bytes: Uint8Array, sizes: readonly number[]) {
  const state = { returned: 0, pulled: 0 };
  let position = 0;
  let turn = 0;
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (position >= bytes.byteLength) return { done: true, value: undefined };
        const size = sizes[turn++ % sizes.length] ?? 1;
        const value = new Uint8Array(bytes.subarray(position, position + size));
        position += value.byteLength;
        state.pulled = position;
        return { done: false, value };
      },
      async return() {
        state.returned += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  return { body, state };
}

async function read(bytes: Uint8Array, sizes = [64 * 1024], contentType = CONTENT_TYPE) {
  const form = await readUploadForm(bodyOfChunks(bytes, sizes).body, contentType);
  const content = Buffer.from(await collectBody(form.file, Number.POSITIVE_INFINITY));
  return { fields: Object.fromEntries(form.fields), fileName: form.fileName, content };
}

const accepted: readonly {
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly fileName?: string;
  readonly content?: string;
}[] = [
  {
    name: 'fields and a file, names in lower case',
    bytes: bytesOf([field('KEY', 'k'), field('x-amz-meta-Color', 'blau'), file('hello')]),
    fields: { key: 'k', 'x-amz-meta-color': 'blau' },
    fileName: 'a.txt',
    content: 'hello',
  },
  { name: 'an empty file', bytes: bytesOf([field('key', 'k'), file('')]), content: '' },
  {
    name: 'an empty field',
    bytes: bytesOf([field('key', ''), file('a')]),
    fields: { key: '' },
  },
  {
    name: 'lines that begin like a delimiter',
    bytes: bytesOf([
      field('key', `\r\n--${BOUNDARY.slice(0, -1)}\r\n`),
      file(`\r\n--xYz\r\n\r\n-`),
    ]),
    fields: { key: `\r\n--${BOUNDARY.slice(0, -1)}\r\n` },
    content: '\r\n--xYz\r\n\r\n-',
  },
  {
    name: 'a file that ends in what a delimiter begins with',
    bytes: bytesOf([field('key', 'k'), file('a\r\n\r')]),
    content: 'a\r\n\r',
  },
  {
    name: 'fields behind the file, which count for nothing',
    bytes: bytesOf([field('key', 'k'), file('a'), field('acl', 'public-read'), field('key', 'x')]),
    fields: { key: 'k' },
    content: 'a',
  },
  {
    name: 'a file without a name',
    bytes: bytesOf([field('key', 'k'), field('file', 'text')]),
    fileName: '',
    content: 'text',
  },
  {
    name: 'File with a capital letter, names without quotes, headers in any spelling',
    bytes: Buffer.from(
      `--${BOUNDARY}\r\nX: y\r\ncontent-DISPOSITION:  Form-Data ;name=key\r\n\r\nk\r\n` +
        `--${BOUNDARY}\r\nContent-Disposition: form-data; filename=b.txt ; name=File\r\n\r\na\r\n--${BOUNDARY}--`,
    ),
    fields: { key: 'k' },
    fileName: 'b.txt',
    content: 'a',
  },
  {
    name: 'quotes, semicolons and equals signs in a file name',
    bytes: bytesOf([field('key', 'k'), file('a', 'a\\"b;c=d.txt')]),
    fileName: 'a"b;c=d.txt',
  },
  {
    name: 'a path with backslashes',
    bytes: bytesOf([field('key', 'k'), file('a', 'C:\\dir\\a.txt')]),
    fileName: 'C:\\dir\\a.txt',
  },
  {
    name: 'UTF-8 in names and values, a byte order mark included',
    bytes: bytesOf([field('key', '\uFEFFключ'), file('a', 'ü.txt')]),
    fields: { key: '\uFEFFключ' },
    fileName: 'ü.txt',
  },
  {
    name: 'a quoted boundary with blanks, and blanks behind the delimiter',
    bytes: Buffer.from(
      `--a b:c \t\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n` +
        `--a b:c\r\nContent-Disposition: form-data; name="file"\r\n\r\na\r\n--a b:c--`,
    ),
    contentType: 'Multipart/Form-Data; charset=utf-8; boundary="a b:c"',
    fields: { key: 'k' },
    content: 'a',
  },
  {
    name: 'a line end before the first delimiter',
    bytes: Buffer.concat([Buffer.from('\r\n'), bytesOf([field('key', 'k'), file('a')])]),
    fields: { key: 'k' },
  },
  {
    name: 'an epilogue',
    bytes: Buffer.concat([bytesOf([field('key', 'k'), file('a')]), Buffer.from('bye')]),
    content: 'a',
  },
];

for (const { name, bytes, contentType, ...expected } of accepted) {
  test(`readUploadForm: reads ${name}`, async () => {
    for (const sizes of [[64 * 1024], [1], [3, 1, 7], [20, 0, 5]]) {
      const form = await read(bytes, sizes, contentType);
      if (expected.fields !== undefined) assert.deepEqual(form.fields, expected.fields);
      if (expected.fileName !== undefined) assert.equal(form.fileName, expected.fileName);
      if (expected.content !== undefined) assert.equal(form.content.toString(), expected.content);
    }
  });
}

const start = `--${BOUNDARY}\r\n`;
const refused: readonly {
  readonly name: string;
  readonly bytes: Buffer;
  readonly code: string;
  readonly contentType?: string;
}[] = [
  { name: 'nothing', bytes: Buffer.of(), code: 'MalformedPOSTRequest' },
  { name: 'another boundary', bytes: bytesOf([file('a')], 'other'), code: 'MalformedPOSTRequest' },
  {
    name: 'bytes before the first delimiter',
    bytes: Buffer.concat([Buffer.from('hello\r\n'), bytesOf([file('a')])]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'no file',
    bytes: bytesOf([field('key', 'k')]),
    code: 'IncorrectNumberOfFilesInPostRequest',
  },
  {
    name: 'no part at all',
    bytes: Buffer.from(`--${BOUNDARY}--\r\n`),
    code: 'IncorrectNumberOfFilesInPostRequest',
  },
  {
    name: 'two files',
    bytes: bytesOf([field('key', 'k'), file('a'), file('b')]),
    code: 'IncorrectNumberOfFilesInPostRequest',
  },
  {
    name: 'a second file that is large',
    bytes: bytesOf([file('a'), file('b'.repeat(FORM_OVERHEAD_SIZE_MAX * 2))]),
    code: 'IncorrectNumberOfFilesInPostRequest',
  },
  {
    name: 'the same field twice',
    bytes: bytesOf([field('key', 'k'), field('Key', 'x'), file('a')]),
    code: 'InvalidArgument',
  },
  {
    name: 'an end within the file',
    bytes: bytesOf([field('key', 'k'), file('a'.repeat(100))]).subarray(0, -40),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'an end right before the last two hyphens',
    bytes: bytesOf([field('key', 'k'), file('a')]).subarray(0, -4),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'an end within the fields',
    bytes: bytesOf([field('key', 'k'), file('a')]).subarray(0, 30),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'something else behind a delimiter',
    bytes: Buffer.from(`--${BOUNDARY}x\r\n\r\n`),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a part without headers',
    bytes: Buffer.from(`${start}\r\nvalue\r\n--${BOUNDARY}--`),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a part without a name',
    bytes: bytesOf([['form-data', 'a'], file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a part with an empty name',
    bytes: bytesOf([field('', 'a'), file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a disposition other than form-data',
    bytes: bytesOf([['attachment; name="key"', 'k'], file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'an open quote',
    bytes: bytesOf([['form-data; name="key', 'k'], file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'text behind a quote',
    bytes: bytesOf([['form-data; name="key"x; a=b', 'k'], file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a value that is not UTF-8',
    bytes: bytesOf([[`form-data; name="key"`, Buffer.of(0xff)], file('a')]),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'line feeds alone',
    bytes: Buffer.from(
      bytesOf([field('key', 'k'), file('a')])
        .toString()
        .replaceAll('\r\n', '\n'),
    ),
    code: 'MalformedPOSTRequest',
  },
  {
    name: 'a field too long',
    bytes: bytesOf([field('key', 'k'.repeat(FORM_OVERHEAD_SIZE_MAX)), file('a')]),
    code: 'MaxPostPreDataLengthExceeded',
  },
  {
    name: 'many short fields',
    bytes: bytesOf([...Array.from({ length: 500 }, (_, at) => field(`f${at}`, '')), file('a')]),
    code: 'MaxPostPreDataLengthExceeded',
  },
  {
    name: 'headers without end',
    bytes: Buffer.from(start + 'a: b\r\n'.repeat(10_000)),
    code: 'MaxPostPreDataLengthExceeded',
  },
  {
    name: 'too much behind the file',
    bytes: bytesOf([file('a'), field('x', 'y'.repeat(FORM_OVERHEAD_SIZE_MAX))]),
    code: 'MaxPostPreDataLengthExceeded',
  },
  ...[
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    'multipart/form-data; boundary="a\rb"',
    'multipart/form-data; boundary="a "',
    `multipart/mixed; boundary=${BOUNDARY}`,
  ].map((contentType) => ({
    name: `Content-Type ${JSON.stringify(contentType.slice(0, 60))}`,
    bytes: bytesOf([field('key', 'k'), file('a')]),
    contentType,
    code: 'MalformedPOSTRequest',
  })),
];

for (const { name, bytes, code, contentType } of refused) {
  test(`readUploadForm: refuses ${name}`, async () => {
    for (const sizes of [[64 * 1024], [1], [20, 3]]) {
      await assert.rejects(read(bytes, sizes, contentType), (error) => {
        assert(error instanceof S3Error, String(error));
        assert.equal(error.code, code);
        return true;
      });
    }
  });
}

test('readUploadForm: the limit counts everything but the file, to the byte', async () => {
  const overhead = bytesOf([field('key', ''), file('')]).byteLength;
  const room = FORM_OVERHEAD_SIZE_MAX - overhead;
  const whole = await read(bytesOf([field('key', 'k'.repeat(room)), file('x'.repeat(100_000))]));
  assert.equal(whole.content.byteLength, 100_000);
  await assert.rejects(
    read(bytesOf([field('key', 'k'.repeat(room + 1)), file('x')])),
    (error) => error instanceof S3Error && error.code === 'MaxPostPreDataLengthExceeded',
  );
});

test('readUploadForm: any file in any chunks comes out as it went in', async () => {
  // Few different bytes, so that beginnings of delimiters are frequent.
  const content = fc
    .array(fc.constantFrom('\r', '\n', '-', 'x', 'Y', `\r\n--xYzZ`, '\r\n--', '\r\r\n'), {
      maxLength: 60,
    })
    .map((pieces) => pieces.join(''))
    .filter((text) => !`\r\n${text}\r\n`.includes(`\r\n--${BOUNDARY}`));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(content, content, sizes, async (value, body, chunkSizes) => {
      const form = await read(bytesOf([field('key', value), file(body)]), chunkSizes);
      assert.deepEqual(form.fields, { key: value });
      assert.equal(form.content.toString(), body);
    }),
    { numRuns: 500 },
  );
});

test('readUploadForm: arbitrary bytes end in a form or in an S3Error', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      start,
      '\r\n',
      '--',
      'Content-Disposition: form-data; name="file"',
      '"',
      ';',
      '=',
    ),
    fc.string({ maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      async (pieces, size) => {
        try {
          await read(Buffer.from(start + pieces.join('')), [size]);
        } catch (error) {
          assert(error instanceof S3Error, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('readUploadForm: reads no further than the file before the file is asked for', async () => {
  const bytes = bytesOf([field('key', 'k'), file('x'.repeat(100_000))]);
  const { body, state } = bodyOfChunks(bytes, [1000]);
  const form = await readUploadForm(body, CONTENT_TYPE);
  assert.equal(state.pulled, 1000);
  const iterator = form.file[Symbol.asyncIterator]();
  const first = await iterator.next();
  assert(first.done !== true && first.value.byteLength < 1000);
  assert.equal(state.pulled, 1000);
  await form.close();
  assert.equal(state.returned, 1);
});

test('readUploadForm: lets go of the body of a form that it refuses', async () => {
  const { body, state } = bodyOfChunks(bytesOf([field('', 'k'), file('x')]), [1000]);
  await assert.rejects(readUploadForm(body, CONTENT_TYPE));
  assert.equal(state.returned, 1);
});

test('readUploadForm: what fails the body fails the form', async () => {
  const failure = new Error('gone');
  const bytes = bytesOf([field('key', 'k'), file('x'.repeat(1000))]);
  for (const size of [20, 500]) {
    const body = (async function* () {
      yield bytes.subarray(0, size);
      throw failure;
    })();
    await assert.rejects(async () => {
      const form = await readUploadForm(body, CONTENT_TYPE);
      for await (const chunk of form.file) assert(chunk.byteLength > 0);
    }, failure);
  }
});

test('readUploadForm: time is linear in the size, however it is cut', async () => {
  // A carriage return at every other byte is the worst that a file can do.
  const worst = (size: number) => bytesOf([field('key', 'k'), file('\r\n'.repeat(size / 2))]);
  const elapsed = async (size: number) => {
    const bytes = worst(size);
    // Time of the processor, of which others on this machine take none away.
    const before = process.cpuUsage();
    await read(bytes, [7]);
    return process.cpuUsage(before).user;
  };
  await elapsed(10_000);
  const small = Math.min(await elapsed(10_000), await elapsed(10_000), await elapsed(10_000));
  const large = Math.min(await elapsed(100_000), await elapsed(100_000));
  assert(large < small * 40, `${large} µs against ${small} µs for a tenth`);
});
