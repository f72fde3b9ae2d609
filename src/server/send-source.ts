import type { ServerResponse } from 'node:http';
import type { ByteSource } from '../base/http.ts';

/** The client went away before its answer was whole. */
export class AnswerAbortedError extends Error {
  override readonly name = 'AnswerAbortedError';
}

/** Large answers move in pieces of this size, two per answer: fewer turns, bounded memory. */
const PIECE_SIZE = 1024 * 1024;
/** An answer up to this size goes out in one write with its header section. */
const SINGLE_WRITE_SIZE_MAX = 64 * 1024;
/** Pieces kept for the next answer, per thread. */
const SPARE_PIECES_MAX = 16;

const sparePieces: Uint8Array[] = [];

/** Sends all bytes of `source` and ends the answer. Leaves closing the source to the caller. */
export async function sendSource(source: ByteSource, response: ServerResponse): Promise<void> {
  if (source.length <= SINGLE_WRITE_SIZE_MAX) {
    response.end(await readWhole(source));
    return;
  }
  const pieces: [Uint8Array, Uint8Array] = [takePiece(), takePiece()];
  let inFlight: Promise<void> = Promise.resolve();
  try {
    for (let turn = 0; ; turn ^= 1) {
      const piece = pieces[turn as 0 | 1];
      const count = await source.read(piece);
      await inFlight;
      if (count === 0) break;
      // The next piece is read while this one is on its way.
      inFlight = write(response, piece.subarray(0, count));
      inFlight.catch(() => {});
    }
    response.end();
    // A piece is reused only after its write was done; after a failed answer it is left to the collector.
    for (const piece of pieces) if (sparePieces.length < SPARE_PIECES_MAX) sparePieces.push(piece);
  } finally {
    await inFlight.catch(() => {});
  }
}

async function readWhole(source: ByteSource): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(source.length);
  let size = 0;
  while (size < bytes.byteLength) {
    const count = await source.read(bytes.subarray(size));
    if (count === 0) throw new AnswerAbortedError('The source ended before its length');
    size += count;
  }
  return bytes;
}

function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new AnswerAbortedError('The client closed the connection'));
    if (response.destroyed || response.socket === null) return gone();
    response.once('close', gone);
    response.write(bytes, (error) => {
      response.off('close', gone);
      if (error === null || error === undefined) resolve();
      else reject(new AnswerAbortedError(error.message));
    });
  });
}

function takePiece(): Uint8Array {
  return sparePieces.pop() ?? Buffer.allocUnsafeSlow(PIECE_SIZE);
}
