import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { isAwsName } from '../../certificates/names.ts';
import { AWS_ADDRESS, DNS_PORT } from './plan.ts';

/** A question of the DNS (RFC 1035), as far as this resolver must understand it. */
interface Question {
  /** In lower case. */
  readonly name: string;
  readonly type: number;
  /** Where the question ends in its message. */
  readonly end: number;
}

const HEADER_SIZE = 12;
const TYPE_A = 1;
const CLASS_INTERNET = 1;
/** Flags: an answer, recursion wanted and available. */
const ANSWER = 0x8180;
const SERVER_FAILURE = 2;
/** The name in an answer, as a pointer to that of the question. */
const POINTER_TO_QUESTION = 0xc00c;
const TTL_SECONDS = 60;
/** Questions to others that are under way; a program that asks more gets no answer for a while. */
const PENDING_MAX = 256;
/** The C library gives up before, and asks again. */
const PENDING_MS_MAX = 10_000;

/**
 * Answers the namespace's questions for names. A hosts file knows no wildcards, and every bucket is
 * a name of its own. What is not AWS's is passed on to the system's own name servers.
 */
export function serveNames(inside: Socket, nameServers: readonly string[]): Disposable {
  const [nameServer] = nameServers.filter((one) => isIP(one) !== 0);
  const asking = new Set<Socket>();
  let isOver = false;
  inside.on('error', () => {});
  inside.on('message', (message, peer) => {
    const question = parseQuestion(message);
    if (question === undefined) return;
    const reply = (answer: Uint8Array): void => {
      if (!isOver) inside.send(answer, peer.port, peer.address);
    };
    if (isAwsName(question.name)) {
      reply(awsAnswer(message, question));
      return;
    }
    if (nameServer === undefined || asking.size >= PENDING_MAX) {
      reply(failure(message, question));
      return;
    }
    const upstream = createSocket(isIP(nameServer) === 4 ? 'udp4' : 'udp6');
    asking.add(upstream);
    const timer = setTimeout(() => upstream.close(), PENDING_MS_MAX);
    upstream.on('close', () => {
      clearTimeout(timer);
      asking.delete(upstream);
    });
    upstream.on('error', () => {
      reply(failure(message, question));
      upstream.close();
    });
    upstream.on('message', (answer) => {
      reply(answer);
      upstream.close();
    });
    upstream.connect(DNS_PORT, nameServer, () => upstream.send(message));
    upstream.unref();
  });
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      inside.close();
      for (const upstream of asking) upstream.close();
    },
  };
}

/** The one question of a message; undefined for what is none. */
export function parseQuestion(message: Uint8Array): Question | undefined {
  const view = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (view.length < HEADER_SIZE || view.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_SIZE;
  for (let length = view[at] ?? 0; length > 0; length = view[at] ?? 0) {
    // A name in a question is written out: there is nothing yet that it could point to.
    if (length > 63 || at + 1 + length >= view.length) return undefined;
    labels.push(view.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > view.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: view.readUInt16BE(at + 1), end: at + 5 };
}

/** The address for who asks for one, and nothing for who asks for anything else (no IPv6 here). */
export function awsAnswer(message: Uint8Array, question: Question): Buffer {
  if (question.type !== TYPE_A) return replyTo(message, question, 0, []);
  const record = Buffer.alloc(16);
  record.writeUInt16BE(POINTER_TO_QUESTION, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(CLASS_INTERNET, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  record.set(AWS_ADDRESS.split('.').map(Number), 12);
  return replyTo(message, question, 0, [record]);
}

function failure(message: Uint8Array, question: Question): Buffer {
  return replyTo(message, question, SERVER_FAILURE, []);
}

function replyTo(
  message: Uint8Array,
  question: Question,
  code: number,
  records: readonly Uint8Array[],
): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.set(message.subarray(0, 2));
  header.writeUInt16BE(ANSWER | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, message.subarray(HEADER_SIZE, question.end), ...records]);
}
