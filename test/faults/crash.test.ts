import assert from 'node:assert/strict';
import { createHash, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { someBytes } from '../harness/random.ts';
import {
  signedClient,
  type Answer,
  type Asked,
  type SignedClient,
} from '../harness/signed-client.ts';
import { startServer } from '../harness/server.ts';

/**
 * Kills the server with `kill -9` while clients write, starts it again on the same data, and holds
 * what it serves against a journal of what it had acknowledged: everything that was answered is
 * there with the right bytes, what was deleted stays deleted, what was under way when it died is
 * there whole or not at all, and lists and reads agree. The same of what users may do.
 */

/** A person waits for fewer; `COFFER_CRASH_ROUNDS` makes a longer or shorter test of the same kind. */
const ROUNDS = Number(
  process.env['COFFER_CRASH_ROUNDS'] ?? (process.env['CI'] === 'true' ? 50 : 6),
);
const WRITERS = 8;
const KEYS_PER_WRITER = 6;
const USERS = 4;
/** The kill comes after a random count of answers up to this one. */
const ANSWERS_MAX = 250;
const BUCKET = 'crash';

/** What one key holds; undefined where it holds nothing. */
interface Content {
  readonly size: number;
  readonly sha256: string;
}

/** One key of one writer, so that its writes have an order. */
interface Register {
  readonly key: string;
  acknowledged: Content | undefined;
  /** Set while a write is under way: after a crash it may have happened or not. */
  pending: { readonly content: Content | undefined } | undefined;
}

/** The inline policy of one user, by the Sid of its statement. */
interface Access {
  readonly user: string;
  acknowledged: string | undefined;
  pending: { readonly sid: string | undefined } | undefined;
}

const bytes = someBytes(12 * 1024 * 1024);

/** Sizes that the store keeps in different ways: in the record, in segments, in files of their own. */
const SIZES: readonly (readonly [min: number, max: number])[] = [
  [0, 4 * 1024],
  [0, 4 * 1024],
  [16 * 1024, 600 * 1024],
  [1024 * 1024, 9 * 1024 * 1024],
];

function someContent(): Buffer {
  const [min, max] = SIZES[randomInt(SIZES.length)]!;
  const size = randomInt(min, max);
  const start = randomInt(bytes.byteLength - size);
  return bytes.subarray(start, start + size);
}

function contentOf(body: Uint8Array): Content {
  return { size: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') };
}

class Died extends Error {}

/** Sends, and tells the end of the server from an answer that should not be. */
async function sendTo(client: SignedClient, asked: Asked): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await client(asked);
  } catch (error) {
    throw new Died('The connection broke', { cause: error });
  }
  assert.ok(
    answer.status < 300,
    `${asked.method} ${asked.target}: ${answer.status} ${answer.body}`,
  );
  return answer;
}

async function writeOnce(client: SignedClient, register: Register): Promise<void> {
  const target = `/${BUCKET}/${register.key}`;
  const dice = randomInt(10);
  if (dice < 2) {
    register.pending = { content: undefined };
    await sendTo(client, { method: 'DELETE', target });
  } else if (dice < 4) {
    await writeInParts(client, register, target);
  } else {
    const body = someContent();
    register.pending = { content: contentOf(body) };
    await sendTo(client, { method: 'PUT', target, body });
  }
  register.acknowledged = register.pending?.content;
  register.pending = undefined;
}

async function writeInParts(
  client: SignedClient,
  register: Register,
  target: string,
): Promise<void> {
  const created = await sendTo(client, { method: 'POST', target: `${target}?uploads=` });
  const uploadId = /<UploadId>([^<]+)</.exec(created.body.toString())![1]!;
  const body = someContent();
  const of = `uploadId=${encodeURIComponent(uploadId)}`;
  const part = await sendTo(client, {
    method: 'PUT',
    target: `${target}?partNumber=1&${of}`,
    body,
  });
  const xml =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
    `<ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  register.pending = { content: contentOf(body) };
  await sendTo(client, { method: 'POST', target: `${target}?${of}`, body: Buffer.from(xml) });
}

function iamTarget(action: string, { user }: Access, more = ''): string {
  return `/?Action=${action}&Version=2010-05-08&UserName=${user}${more}`;
}

async function changeOnce(iam: SignedClient, access: Access): Promise<void> {
  const deletes = access.acknowledged !== undefined && randomInt(3) === 0;
  const sid = deletes ? undefined : `S${randomInt(2 ** 32)}`;
  const Statement = { Sid: sid, Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  access.pending = { sid };
  const target = deletes
    ? iamTarget('DeleteUserPolicy', access, '&PolicyName=p')
    : iamTarget(
        'PutUserPolicy',
        access,
        `&PolicyName=p&PolicyDocument=${encodeURIComponent(document)}`,
      );
  await sendTo(iam, { method: 'GET', target });
  access.acknowledged = sid;
  access.pending = undefined;
}

async function checkAccess(iam: SignedClient, access: Access): Promise<void> {
  const { user, acknowledged, pending } = access;
  const answer = await iam({
    method: 'GET',
    target: iamTarget('GetUserPolicy', access, '&PolicyName=p'),
  });
  assert.ok([200, 404].includes(answer.status), `${user}: ${answer.status} ${answer.body}`);
  const found = /%22Sid%22%3A%22(S\d+)%22/.exec(answer.body.toString())?.[1];
  const allowed = pending === undefined ? [acknowledged] : [acknowledged, pending.sid];
  assert.ok(allowed.includes(found), `${user} has ${found}, not ${allowed.join(' or ')}`);
  access.acknowledged = found;
  access.pending = undefined;
}

/**
 * Every writer writes to keys of its own, and an administrator changes what users may, until the
 * server dies under them.
 */
async function writeUntilKilled(
  client: SignedClient,
  iam: SignedClient,
  registers: readonly Register[],
  accesses: readonly Access[],
  kill: () => Promise<void>,
): Promise<void> {
  let left = randomInt(1, ANSWERS_MAX);
  let killed: Promise<void> | undefined;
  const writer = async (write: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        await write();
      } catch (error) {
        if (error instanceof Died && killed !== undefined) return;
        throw error;
      }
      left -= 1;
      if (left === 0) killed = kill();
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, index) => {
    const own = registers.filter((_, at) => at % WRITERS === index);
    return writer(() => writeOnce(client, own[randomInt(own.length)]!));
  });
  writers.push(writer(() => changeOnce(iam, accesses[randomInt(accesses.length)]!)));
  await Promise.all(writers);
  await killed;
}

/** Holds one key against its journal; what it is found to hold is from then on what it must hold. */
async function checkRegister(client: SignedClient, register: Register): Promise<void> {
  const { key, acknowledged, pending } = register;
  const answer = await client({ method: 'GET', target: `/${BUCKET}/${key}` });
  assert.ok([200, 404].includes(answer.status), `${key}: ${answer.status} ${answer.body}`);
  const found = answer.status === 404 ? undefined : contentOf(answer.body);
  const allowed = pending === undefined ? [acknowledged] : [acknowledged, pending.content];
  assert.ok(
    allowed.some((one) => one?.sha256 === found?.sha256),
    `${key} holds ${describeContent(found)}, not ${allowed.map(describeContent).join(' or ')}`,
  );
  register.acknowledged = found;
  register.pending = undefined;
}

function describeContent(content: Content | undefined): string {
  return content === undefined ? 'nothing' : `${content.size} bytes ${content.sha256.slice(0, 8)}`;
}

async function checkList(client: SignedClient, registers: readonly Register[]): Promise<void> {
  const { body } = await client({ method: 'GET', target: `/${BUCKET}?list-type=2` });
  const listed = [...body.toString().matchAll(/<Key>([^<]+)<\/Key>.*?<Size>(\d+)<\/Size>/gs)];
  const expected = registers
    .filter(({ acknowledged }) => acknowledged !== undefined)
    .map(({ key, acknowledged }) => [key, acknowledged!.size] as const);
  assert.deepEqual(
    listed.map(([, key, size]) => [key, Number(size)]),
    expected.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

test(`kill -9 loses nothing that was acknowledged, ${ROUNDS} times`, async () => {
  const data = mkdtempSync(join(tmpdir(), 'coffer-test-crash-'));
  const registers = Array.from({ length: WRITERS * KEYS_PER_WRITER }, (_, index): Register => {
    return { key: `key-${index}`, acknowledged: undefined, pending: undefined };
  });
  const accesses = Array.from({ length: USERS }, (_, index): Access => {
    return { user: `user-${index}`, acknowledged: undefined, pending: undefined };
  });
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      await using server = await startServer({ data });
      using client = signedClient(server.port, server.root);
      using iam = signedClient(server.port, server.root, 'iam');
      if (round === 0) {
        await sendTo(client, { method: 'PUT', target: `/${BUCKET}` });
        for (const access of accesses) {
          await sendTo(iam, { method: 'GET', target: iamTarget('CreateUser', access) });
        }
      }
      await Promise.all(accesses.map((access) => checkAccess(iam, access)));
      await Promise.all(registers.map((register) => checkRegister(client, register)));
      await checkList(client, registers);
      assert.doesNotMatch(server.output(), /InternalError/);
      if (round === ROUNDS) break;
      await writeUntilKilled(client, iam, registers, accesses, () => server.kill());
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
