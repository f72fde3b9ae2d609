import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case name to value; of several with one name the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Sends bytes that no client library would, and reads whatever comes until the server closes. The
 * bytes should ask for `Connection: close`, or be so broken that the server closes by itself.
 */
export async function sendRaw(
  port: number,
  ...pieces: (string | Uint8Array)[]
): Promise<RawAnswer> {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  // A server may close while the rest of a refused body is still on its way.
  socket.on('error', () => {});
  for (const piece of pieces) socket.write(piece);
  const shown = (): string => Buffer.concat(received).toString('latin1');
  try {
    await eventually('the server closes', ANSWER_TIMEOUT_MS, once(socket, 'close'), shown);
  } finally {
    socket.destroy();
  }
  return parseAnswer(Buffer.concat(received).toString('utf8'));
}

export function parseAnswer(text: string): RawAnswer {
  // An interim answer, such as 100 Continue, comes before the one that counts.
  const final = text.replace(/^(HTTP\/1\.1 1\d\d[\s\S]*?\r\n\r\n)+/, '');
  const [head = '', ...rest] = final.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Map(headers),
    body: rest.join('\r\n\r\n'),
  };
}
