import { base64, compareBytes, concatBytes, hex } from '../base/bytes.ts';
import type { RequestBody } from '../base/http.ts';
import type { Core } from './core.ts';
import type { Algorithm } from './digest/algorithms.ts';
import { digestBody } from './digest/digest-body.ts';
import { digestOf } from './digest/digest.ts';
import { ObjectsError } from './error.ts';
import { INLINE_SIZE_MAX } from './limits.ts';
import { inlineBody, type PartBody } from './records.ts';
import type { Integrity } from './store.ts';

/** Bytes that are durable, or will be with the record that holds them, but that nobody refers to. */
export interface Received {
  readonly body: PartBody;
  readonly size: number;
  readonly md5: Uint8Array;
  /** Of the algorithm that was asked for. */
  readonly checksum: Uint8Array | undefined;
}

type Digests = ReadonlyMap<Algorithm, Uint8Array>;

/**
 * Takes a body in: small ones into memory, larger ones into a blob. A body that is not what
 * `integrity` says is refused before anything of it is durable.
 */
export async function receive(
  core: Core,
  body: RequestBody,
  integrity: Integrity,
): Promise<Received> {
  const size = integrity.size ?? body.length;
  const { checksumAlgorithm } = integrity;
  const algorithms: readonly Algorithm[] =
    checksumAlgorithm === undefined ? ['MD5'] : ['MD5', checksumAlgorithm];
  if (size !== undefined && size > INLINE_SIZE_MAX) {
    return receiveBlob(core, body, integrity, algorithms, size);
  }
  const whole = size === undefined ? undefined : body.takeWhole?.();
  const beginning =
    whole === undefined ? await readBeginning(body) : { bytes: whole, rest: undefined };
  if (beginning.rest !== undefined) {
    return receiveBlob(core, beginning.rest, integrity, algorithms, undefined);
  }
  const { bytes } = beginning;
  const digests: Digests = new Map(
    algorithms.map((algorithm) => [algorithm, digestOf(algorithm, bytes)]),
  );
  verify(integrity, bytes.byteLength, digests);
  return received(inlineBody(bytes), bytes.byteLength, digests, integrity);
}

/** Deletes bytes that no record came to refer to. */
export async function discard(core: Core, { body }: Pick<Received, 'body'>): Promise<void> {
  if (body.kind !== 'blob') return;
  try {
    await core.blobs.delete(body.blob);
  } catch (error) {
    // The next opening finds the blob as an orphan.
    core.log.write('warning', 'Could not delete a blob that no record refers to', {
      blob: body.blob,
      error: String(error),
    });
  }
}

async function receiveBlob(
  core: Core,
  body: AsyncIterable<Uint8Array>,
  integrity: Integrity,
  algorithms: readonly Algorithm[],
  sizeHint: number | undefined,
): Promise<Received> {
  const digested = digestBody(body, algorithms, sizeHint);
  let digests: Digests = new Map();
  // Refusing from within the iteration lets the blob store drop the bytes before they are synced.
  async function* verified(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of digested.chunks) {
      refuseExcess(integrity, digested.size());
      yield chunk;
    }
    digests = await digested.results();
    verify(integrity, digested.size(), digests);
  }
  const stored = await core.blobs.write(verified(), sizeHint);
  return received({ kind: 'blob', blob: stored.id }, stored.size, digests, integrity);
}

function received(
  body: Received['body'],
  size: number,
  digests: Digests,
  { checksumAlgorithm }: Integrity,
): Received {
  return {
    body,
    size,
    md5: digests.get('MD5') ?? new Uint8Array(0),
    checksum: checksumAlgorithm && digests.get(checksumAlgorithm),
  };
}

/** A body that is too long is refused at once and not at its end, which may never come. */
function refuseExcess(integrity: Integrity, size: number): void {
  if (integrity.size !== undefined && size > integrity.size) throw incompleteBody();
}

function verify(integrity: Integrity, size: number, digests: Digests): void {
  if (integrity.size !== undefined && integrity.size !== size) throw incompleteBody();
  for (const [algorithm, expected] of integrity.expected()) {
    const computed = digests.get(algorithm);
    if (computed !== undefined && compareBytes(computed, expected) === 0) continue;
    throw badDigest(algorithm, expected, computed);
  }
}

function incompleteBody(): ObjectsError {
  return new ObjectsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );
}

function badDigest(
  algorithm: Algorithm,
  expected: Uint8Array,
  computed: Uint8Array | undefined,
): ObjectsError {
  if (algorithm !== 'MD5') {
    return new ObjectsError(
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return new ObjectsError(
    'BadDigest',
    'The Content-MD5 you specified did not match what we received.',
    { ExpectedDigest: base64(expected), CalculatedDigest: hex(computed ?? new Uint8Array(0)) },
  );
}

type Beginning =
  | { readonly bytes: Uint8Array; readonly rest: undefined }
  | { readonly rest: AsyncIterable<Uint8Array> };

/** All of a small body; of a larger one the body again, with what was read of it first. */
async function readBeginning(body: AsyncIterable<Uint8Array>): Promise<Beginning> {
  const iterator = body[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= INLINE_SIZE_MAX) {
    const next = await iterator.next();
    if (next.done === true) return { bytes: concatBytes(chunks), rest: undefined };
    chunks.push(next.value);
    size += next.value.byteLength;
  }
  return { rest: resumed(chunks, iterator) };
}

async function* resumed(
  chunks: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* chunks;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
