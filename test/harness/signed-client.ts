import { createHash } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import { signRequestV4 } from '../../src/signature/index.ts';
import type { Credentials } from './server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** S3's error code, of an answer that carries one. */
  readonly code: string | undefined;
}

export interface Asked {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A client that retries nothing, hides nothing and keeps a connection for each request under way. */
export interface SignedClient extends Disposable {
  (asked: Asked): Promise<Answer>;
}

export function signedClient(
  port: number,
  credentials: Credentials,
  service: 's3' | 'iam' = 's3',
): SignedClient {
  const agent = new Agent({ keepAlive: true });
  const send = (asked: Asked): Promise<Answer> => {
    const { method, target, body = new Uint8Array() } = asked;
    const { headers } = signRequestV4({
      method,
      target,
      headers: { host: `127.0.0.1:${port}`, ...asked.headers },
      credentials,
      region: 'us-east-1',
      service,
      nowMs: Date.now(),
      payloadHash: createHash('sha256').update(body).digest('hex'),
    });
    headers['content-length'] = String(body.byteLength);
    return sendPlain({ port, method, target, headers, body, agent });
  };
  return Object.assign(send, { [Symbol.dispose]: () => agent.destroy() });
}

/** Sends what is given, as it is given. */
export function sendPlain(
  asked: Required<Asked> & { readonly port: number; readonly agent?: Agent },
): Promise<Answer> {
  const { port, method, target, headers, body, agent } = asked;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path: target,
      headers,
      setDefaultHeaders: false,
      ...(agent === undefined ? { agent: false } : { agent }),
    });
    sent.on('error', reject);
    sent.on('response', (response) => void readAnswer(response).then(resolve, reject));
    sent.end(body);
  });
}

export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const status = response.statusCode ?? 0;
  const code = status < 300 ? undefined : /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
  return { status, headers: response.headers, body, code };
}
