import { assert, AssertionError } from '../../base/assert.ts';
import { StoreCorruptError } from '../errors.ts';
import type { Check, Commit, CommitResult, Write } from '../key-value-store.ts';

/**
 * Commits on their way to the writer: many in one transferred buffer, because posting a buffer
 * costs the same for one commit as for a hundred. Little-endian, unaligned:
 *
 *   commit = u32 checks, u32 writes, check…, write…
 *   check  = u32 key size, f64 version or 0 for absent, key
 *   write  = u8 kind, u32 key size, then  set: u32 value size, key, value
 *                                         delete: key
 *                                         add: f64 delta, key
 */
const SET = 1;
const DELETE = 2;
const ADD = 3;

/** A message starts with room for what is expected of it, within these bounds, and doubles. */
const MESSAGE_SIZE_MIN = 16 * 1024;
const MESSAGE_SIZE_START_MAX = 256 * 1024;

/** Collects the commits of one turn of the event loop. */
export class CommitMessage {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;
  #count = 0;

  constructor(roomFor = 0) {
    const size = Math.min(MESSAGE_SIZE_START_MAX, Math.max(MESSAGE_SIZE_MIN, Math.ceil(roomFor)));
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  /** How many commits are in it. */
  get count(): number {
    return this.#count;
  }

  /** Copies a commit into the message. */
  append(commit: Commit): void {
    const checks = commit.checks ?? [];
    this.#reserve(commitSize(checks, commit.writes));
    this.#writeUint32(checks.length);
    this.#writeUint32(commit.writes.length);
    for (const check of checks) this.#appendCheck(check);
    for (const write of commit.writes) this.#appendWrite(write);
    this.#count += 1;
  }

  /** The message's buffer, to be transferred, and how much of it counts. Ends this object's use. */
  finish(): PostedCommits {
    return { commits: this.#bytes.buffer, size: this.#length };
  }

  #appendCheck(check: Check): void {
    this.#writeUint32(check.key.byteLength);
    this.#writeDouble(check.version ?? 0);
    this.#writeBytes(check.key);
  }

  #appendWrite(write: Write): void {
    this.#bytes[this.#length] = write.kind === 'set' ? SET : write.kind === 'delete' ? DELETE : ADD;
    this.#length += 1;
    this.#writeUint32(write.key.byteLength);
    if (write.kind === 'set') this.#writeUint32(write.value.byteLength);
    if (write.kind === 'add') this.#writeDouble(write.delta);
    this.#writeBytes(write.key);
    if (write.kind === 'set') this.#writeBytes(write.value);
  }

  #writeUint32(value: number): void {
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  #writeDouble(value: number): void {
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  #writeBytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.byteLength) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.byteLength));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** What a committing thread posts to the writer. */
export interface PostedCommits {
  readonly commits: ArrayBuffer;
  readonly size: number;
}

/** The commits of a message. Their keys and values are views of its buffer. */
export function readCommits(posted: PostedCommits): Commit[] {
  const reader = new MessageReader(Buffer.from(posted.commits, 0, posted.size));
  const commits: Commit[] = [];
  while (!reader.isAtEnd) commits.push(reader.commit());
  return commits;
}

class MessageReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.byteLength;
  }

  commit(): Commit {
    const checkCount = this.#uint32();
    const writeCount = this.#uint32();
    const checks: Check[] = [];
    for (let index = 0; index < checkCount; index += 1) checks.push(this.#check());
    const writes: Write[] = [];
    for (let index = 0; index < writeCount; index += 1) writes.push(this.#write());
    return { checks, writes };
  }

  #check(): Check {
    const keySize = this.#uint32();
    const version = this.#double();
    return { key: this.#take(keySize), version: version === 0 ? undefined : version };
  }

  #write(): Write {
    const kind = this.#bytes.readUInt8(this.#position);
    this.#position += 1;
    const keySize = this.#uint32();
    if (kind === DELETE) return { kind: 'delete', key: this.#take(keySize) };
    if (kind === ADD) {
      const delta = this.#double();
      return { kind: 'add', key: this.#take(keySize), delta };
    }
    assert(kind === SET, 'A message has a write of an unknown kind.');
    const valueSize = this.#uint32();
    return { kind: 'set', key: this.#take(keySize), value: this.#take(valueSize) };
  }

  #uint32(): number {
    const value = this.#bytes.readUInt32LE(this.#position);
    this.#position += 4;
    return value;
  }

  #double(): number {
    const value = this.#bytes.readDoubleLE(this.#position);
    this.#position += 8;
    return value;
  }

  #take(size: number): Uint8Array {
    const end = this.#position + size;
    assert(end <= this.#bytes.byteLength, 'A message is cut off.');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}

/** What became of a commit: an error says why it could not be applied, alone of its batch. */
export type Outcome = CommitResult | AssertionError | StoreCorruptError;

const NO_COUNTER = Number.NaN;
const CORRUPT = Number.NEGATIVE_INFINITY;

/**
 * Outcomes travel back as one number each: a version when committed, the negative of one more than
 * the failed check, or one of the two that no version is.
 */
export function encodeOutcome(outcome: Outcome): number {
  if (outcome instanceof StoreCorruptError) return CORRUPT;
  if (outcome instanceof AssertionError) return NO_COUNTER;
  return outcome.committed ? outcome.version : -1 - outcome.failedCheck;
}

export function decodeOutcome(code: number): Outcome {
  if (Number.isNaN(code)) return new AssertionError('Only a counter can be added to.');
  if (code === CORRUPT) return new StoreCorruptError('The counter is not what was written.');
  if (code > 0) return { committed: true, version: code };
  return { committed: false, failedCheck: -1 - code };
}

/** What the writer posts back: the results of one message, or why it took none of it. */
export type Reply =
  | { readonly kind: 'results'; readonly codes: Float64Array }
  | { readonly kind: 'full'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** The last message of a port: the store was closed. */
  | { readonly kind: 'closed' };

function commitSize(checks: readonly Check[], writes: readonly Write[]): number {
  let size = 8;
  for (const { key } of checks) size += 12 + key.byteLength;
  for (const write of writes) {
    size += 13 + write.key.byteLength + (write.kind === 'set' ? write.value.byteLength : 0);
  }
  return size;
}
