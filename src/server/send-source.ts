import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asBuffer } from '../base/bytes.ts';
import type { ByteSource } from '../base/http.ts';
import { pageMemory } from '../base/page-memory.ts';

/** The client went away before its answer was whole. */
export class AnswerAbortedError extends Error {
  override readonly name = 'AnswerAbortedError';
}

/** Large answers move in pieces of this size, two per answer: fewer turns, bounded memory. */
const PIECE_SIZE = 1024 * 1024;
/** An answer up to this size goes out in one write with its header section. */
export const SINGLE_WRITE_SIZE_MAX = 64 * 1024;
/** A fast client and bytes in memory never make us wait: others get their turn after this many. */
const PIECES_PER_TURN = 4;
/** Pieces kept for the next answer, per thread. */
const SPARE_PIECES_MAX = 16;

const sparePieces: Buffer[] = [];

/**
 * Sends all bytes of `source` and ends the answer, after `begin` once the first of them are here.
 * Leaves closing the source to the caller.
 */
export async function sendSource(
  source: ByteSource,
  response: Writable,
  begin: () => void,
): Promise<void> {
  if (source.length <= SINGLE_WRITE_SIZE_MAX) {
    const bytes = Buffer.allocUnsafe(source.length);
    await fillFrom(source, bytes);
    begin();
    response.end(bytes);
    return;
  }
  await pumpSource(source, response, '', begin);
  response.end();
}

/**
 * Writes `prefix` (Latin-1, far shorter than a piece) and all bytes of `source`, reading one piece
 * while the other is on its way. Resolves when the last one was handed to the system, and neither
 * ends the stream nor closes the source.
 */
export async function pumpSource(
  source: ByteSource,
  stream: Writable,
  prefix = '',
  begin?: () => void,
): Promise<void> {
  const pieces: [Buffer, Buffer] = [takePiece(), takePiece()];
  let inFlight: Promise<void> = Promise.resolve();
  let sentSize = 0;
  try {
    let start = pieces[0].write(prefix, 'latin1');
    for (let turn = 0; ; turn += 1) {
      if (turn > 0 && turn % PIECES_PER_TURN === 0) await nextTurn();
      const piece = pieces[(turn & 1) as 0 | 1];
      const count = await source.read(piece.subarray(start));
      await inFlight;
      if (count === 0) break;
      sentSize += count;
      if (sentSize > source.length) break;
      if (turn === 0) begin?.();
      // The next piece is read while this one is on its way.
      inFlight = write(stream, piece.subarray(0, start + count));
      inFlight.catch(() => {});
      start = 0;
    }
    if (sentSize !== source.length) {
      throw new AnswerAbortedError('The source did not give as many bytes as it said');
    }
    // A piece is reused only after its write was done; after a failed answer it is left to the collector.
    for (const piece of pieces) if (sparePieces.length < SPARE_PIECES_MAX) sparePieces.push(piece);
  } finally {
    await inFlight.catch(() => {});
  }
}

/** Fills all of `bytes`, which are as many as the source has. */
export async function fillFrom(source: ByteSource, bytes: Uint8Array): Promise<void> {
  let size = 0;
  while (size < bytes.byteLength) {
    const count = await source.read(bytes.subarray(size));
    if (count === 0) throw new AnswerAbortedError('The source ended before its length');
    size += count;
  }
}

function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new AnswerAbortedError('The client closed the connection'));
    if (stream.destroyed) return gone();
    stream.once('close', gone);
    stream.write(bytes, (error) => {
      stream.off('close', gone);
      if (error === null || error === undefined) resolve();
      else reject(new AnswerAbortedError(error.message));
    });
  });
}

/** In memory where bytes are checked without a copy. */
function takePiece(): Buffer {
  return sparePieces.pop() ?? asBuffer(pageMemory(PIECE_SIZE));
}
