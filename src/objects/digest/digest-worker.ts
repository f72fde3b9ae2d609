import { parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import type { Algorithm } from './algorithms.ts';
import type { DigestReply, DigestRequest } from './digest-message.ts';
import { createDigest, type Digest } from './digest.ts';

/**
 * The body of a digest worker. A failure here is a bug: it ends the worker, which rejects every
 * stream that the worker had.
 */
interface Stream {
  readonly digests: readonly (readonly [Algorithm, Digest])[];
  readonly slots: Uint8Array[];
}

const port = parentPort;
assert(port !== null, 'This module is the main module of a worker thread');
const streams = new Map<number, Stream>();

function reply(message: DigestReply): void {
  port?.postMessage(message);
}

function streamOf(id: number): Stream {
  const stream = streams.get(id);
  assert(stream !== undefined, `No digest stream ${id}`);
  return stream;
}

function handle(request: DigestRequest): void {
  const { stream: id } = request;
  if (request.kind === 'open') {
    const digests = request.algorithms.map((name) => [name, createDigest(name)] as const);
    streams.set(id, { digests, slots: [] });
    return;
  }
  const stream = streamOf(id);
  if (request.kind === 'update') {
    const { slot, memory, size } = request;
    if (memory !== undefined) stream.slots[slot] = memory;
    const bytes = stream.slots[slot];
    assert(bytes !== undefined, `No memory for slot ${slot}`);
    for (const [, digest] of stream.digests) digest.update(bytes.subarray(0, size));
    reply({ kind: 'digested', stream: id, slot });
    return;
  }
  streams.delete(id);
  const digests = new Map(
    stream.digests.map(([name, digest]) => [name, Uint8Array.from(digest.digest())] as const),
  );
  reply({ kind: 'ended', stream: id, digests });
}

port.on('message', handle);
