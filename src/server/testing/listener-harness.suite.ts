import type { TestContext } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import {
  collectBody,
  type ByteSource,
  type HttpRequest,
  type HttpResponse,
} from '../../base/http.ts';
import { Authority } from '../../certificates/authority.ts';
import { ServerContexts } from '../../certificates/server-contexts.ts';
import type { Listener, ListenerOptions } from '../listener.ts';
import { RawClient } from './raw-client.suite.ts';

export const MIB = 1024 * 1024;

export type Listen = (options: ListenerOptions) => Promise<Listener>;
type Handle = (request: HttpRequest) => Promise<HttpResponse>;

/** With which the suite runs every front. */
export type Transport = 'plain' | 'TLS';

const LOOPBACK = { dns: ['localhost'], addresses: ['127.0.0.1'] };
const authority = Authority.create(
  { ...LOOPBACK, addresses: ['127.0.0.0/8'] },
  'a test',
  systemClock.nowMs(),
);
const certificates = new ServerContexts({
  authority,
  clock: systemClock,
  usual: LOOPBACK,
  isServed: (name) => name.endsWith('.localhost'),
});

/** Opens a listener, and clients of it, that the test's end closes. */
export function openerOf(listen: Listen, transport: Transport = 'plain') {
  const isTls = transport === 'TLS';
  return async (t: TestContext, handle: Handle) => {
    const logged: string[] = [];
    const listener = await listen({
      host: '127.0.0.1',
      port: 0,
      reusePort: false,
      tls: isTls ? certificates : undefined,
      log: {
        write: (_, message, fields) => logged.push(`${message}: ${String(fields?.['error'])}`),
      },
      handle,
    });
    t.after(() => listener.close(0));
    const client = async () => {
      const opened = await RawClient.open(
        listener.port,
        isTls ? authority.pem.certificate : undefined,
      );
      t.after(() => opened.close());
      return opened;
    };
    return { listener, logged, client, isTls, ca: authority.pem.certificate };
  };
}

/** A promise and what settles it. */
export function signal<T = void>() {
  return Promise.withResolvers<T>();
}

/** Lets everything that is under way go on for a while, without looking at a clock. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((done) => setImmediate(done));
}

export const text = (body: string, status = 200): HttpResponse => ({
  status,
  headers: ['Content-Type', 'text/plain'],
  body: Buffer.from(body),
});

export async function echo(request: HttpRequest): Promise<HttpResponse> {
  const body = await collectBody(request.body, Number.POSITIVE_INFINITY);
  return text(`${request.method} ${request.target} ${Buffer.from(body).toString('latin1')}`);
}

/** A source of `length` bytes that says how many were read of it. */
export function bigSource(length: number) {
  const state = { given: 0, closed: 0 };
  const source: ByteSource = {
    length,
    read(into) {
      const count = Math.min(into.byteLength, length - state.given);
      for (let at = 0; at < count;) {
        const position = state.given + at;
        const end = Math.min(count, at + MIB - (position % MIB));
        into.fill(Math.floor(position / MIB) & 0xff, at, end);
        at = end;
      }
      state.given += count;
      return count;
    },
    close() {
      state.closed += 1;
    },
  };
  return { source, state };
}
