import type { Socket } from 'node:net';
import { SINGLE_WRITE_SIZE_MAX } from '../send-source.ts';

/** Room for the header section beside the largest body that is joined with it. */
const HEAD_SIZE_MAX = 16 * 1024;
const OUTPUT_SIZE = SINGLE_WRITE_SIZE_MAX + HEAD_SIZE_MAX;
/** Buffers kept for the next answers, per thread. */
const SPARE_MAX = 64;

const spare: Buffer[] = [];

/** Whether header section and body fit in one buffer of ours. */
export function fitsOneWrite(head: string, bodySize: number): boolean {
  return bodySize <= SINGLE_WRITE_SIZE_MAX && head.length <= HEAD_SIZE_MAX;
}

/** A buffer that `fitsOneWrite` promises to be large enough. */
export function takeOutput(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_SIZE);
}

/** For a buffer whose bytes have not been handed to a socket. */
export function returnOutput(output: Buffer): void {
  if (spare.length < SPARE_MAX) spare.push(output);
}

/**
 * Writes the first bytes of `output`. When the system has taken them at once, which is the rule,
 * the buffer serves the next answer; otherwise it belongs to the socket and then to the collector.
 */
export function writeOutput(socket: Socket, output: Buffer, size: number): void {
  const isIdle = socket.writableLength === 0;
  socket.write(output.subarray(0, size));
  if (isIdle && socket.writableLength === 0 && !socket.destroyed) returnOutput(output);
}
