import type { IncomingMessage } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';
import { Readable } from 'node:stream';
import { collectBody } from '../../base/http.ts';
import { trustedAuthorities, unreachable } from './trusted.ts';

/** Bytes to send, or a stream of a known length. */
export type Body =
  | Uint8Array
  | string
  | { readonly length: number; readonly stream: AsyncIterable<Uint8Array> };

export interface Sent {
  readonly method: string;
  readonly url: URL;
  /** Path and query as they go onto the wire; nothing normalizes them. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
}

/** An answer whose body has not been read. */
export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Header names in lower case to values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  bytes(): Promise<Uint8Array>;
}

/** An answer that is read into memory: no listing or document of these protocols comes near it. */
const ANSWER_SIZE_MAX = 64 * 1024 * 1024;
/** A server that is silent for this long is not there. */
const SILENCE_MS_MAX = 120_000;

/**
 * Sends requests as they are. Neither `fetch` nor URL classes may touch a target, since they take
 * `..` out of keys, nor a body, since they unpack objects that were stored with gzip.
 */
export interface Transport extends Disposable {
  send(sent: Sent): Promise<Answer>;
}

export function openTransport(caBundle: string | undefined): Transport {
  // Imported, they would make every command wait until the platform's `fetch` is loaded too.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  const plain = new http.Agent({ keepAlive: true });
  let secure: SecureAgent | undefined;
  const secureAgent = (): SecureAgent =>
    (secure ??= new https.Agent({ keepAlive: true, ca: trustedAuthorities(caBundle) }));
  return {
    send: ({ method, url, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const isSecure = url.protocol === 'https:';
        const message = (isSecure ? https : http).request({
          protocol: url.protocol,
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
          method,
          path: target,
          headers,
          agent: isSecure ? secureAgent() : plain,
          timeout: SILENCE_MS_MAX,
        });
        message.on('timeout', () => message.destroy(new Error('The server is silent')));
        message.on('error', (error) => reject(unreachable(url, error)));
        message.on('response', (response) => resolve(answerOf(response)));
        if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
          message.end(body);
        } else {
          Readable.from(body.stream)
            .on('error', (error) => message.destroy(error))
            .pipe(message);
        }
      }),
    [Symbol.dispose]: () => {
      plain.destroy();
      secure?.destroy();
    },
  };
}

function answerOf(response: IncomingMessage): Answer {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    status: response.statusCode ?? 0,
    headers,
    header: (name) => headers[name],
    body: response,
    bytes: () => collectBody(response, ANSWER_SIZE_MAX),
  };
}
