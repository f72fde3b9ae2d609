import type { Socket } from 'node:net';
import type { ByteSource } from '../../base/http.ts';
import { fillFrom, pumpSource, SINGLE_WRITE_SIZE_MAX } from '../send-source.ts';

/** Room for the header section beside the largest body that is joined with it. */
const HEAD_SIZE_MAX = 16 * 1024;
const OUTPUT_SIZE = SINGLE_WRITE_SIZE_MAX + HEAD_SIZE_MAX;
/** Buffers kept for the next answers, per thread. */
const SPARE_MAX = 64;

const spare: Buffer[] = [];

/** Writes an answer of bytes that are here: in one write when it is small. */
export function writeAnswer(socket: Socket, head: string, body: Uint8Array | undefined): void {
  const size = body?.byteLength ?? 0;
  if (fitsOneWrite(head, size)) {
    const output = takeOutput();
    const start = output.write(head, 'latin1');
    if (body !== undefined) output.set(body, start);
    writeOutput(socket, output, start + size);
    return;
  }
  socket.cork();
  socket.write(head, 'latin1');
  if (body !== undefined) socket.write(body);
  socket.uncork();
}

/** Writes an answer whose bytes are yet to be read. Leaves closing the source to the caller. */
export async function writeSourceAnswer(
  socket: Socket,
  head: string,
  source: ByteSource,
): Promise<void> {
  if (!fitsOneWrite(head, source.length)) return pumpSource(source, socket, head);
  const output = takeOutput();
  const start = output.write(head, 'latin1');
  const size = start + source.length;
  // When reading fails, someone may still write into the buffer: it is left to the collector.
  await fillFrom(source, output.subarray(start, size));
  if (socket.destroyed) keepOutput(output);
  else writeOutput(socket, output, size);
}

function fitsOneWrite(head: string, bodySize: number): boolean {
  return bodySize <= SINGLE_WRITE_SIZE_MAX && head.length <= HEAD_SIZE_MAX;
}

function takeOutput(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_SIZE);
}

function keepOutput(output: Buffer): void {
  if (spare.length < SPARE_MAX) spare.push(output);
}

/**
 * Writes the first bytes of `output`. When the system has taken them at once, which is the rule,
 * the buffer serves the next answer; otherwise it belongs to the socket and then to the collector.
 */
function writeOutput(socket: Socket, output: Buffer, size: number): void {
  const isIdle = socket.writableLength === 0;
  socket.write(output.subarray(0, size));
  if (isIdle && socket.writableLength === 0 && !socket.destroyed) keepOutput(output);
}
