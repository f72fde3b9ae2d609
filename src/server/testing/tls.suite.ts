import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { openerOf, text, type Listen } from './listener-harness.suite.ts';

/** What is said below HTTP: which certificate, which protocol, and what happens to strangers. */
export function tlsSuite(front: string, listen: Listen): void {
  const open = openerOf(listen, 'TLS');
  const answer = () => Promise.resolve(text(''));

  const names: readonly [name: string | undefined, certified: string][] = [
    ['b.s3.localhost', 'DNS:b.s3.localhost'],
    ['A.B.S3.LOCALHOST', 'DNS:a.b.s3.localhost'],
    ['example.com', 'DNS:localhost, IP Address:127.0.0.1'],
    [undefined, 'DNS:localhost, IP Address:127.0.0.1'],
  ];
  for (const [servername, certified] of names) {
    test(`${front} shows ${servername ?? 'nobody'} a certificate for ${certified}`, async (t) => {
      const { listener, ca } = await open(t, answer);
      const socket = await connected(listener.port, { ca, servername, rejectUnauthorized: false });
      assert.equal(socket.getPeerCertificate().subjectaltname, certified);
      assert.equal(socket.authorizationError?.toString().includes('SELF_SIGNED') ?? false, false);
      socket.destroy();
    });
  }

  test(`${front} speaks HTTP/1.1 alone, by TLS 1.2 or newer`, async (t) => {
    const { listener, ca } = await open(t, answer);
    const { port } = listener;
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await connected(port, { ca, maxVersion, ALPNProtocols: ['h2', 'http/1.1'] });
      assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [maxVersion, 'http/1.1']);
      socket.destroy();
    }
    await assert.rejects(connected(port, { ca, ALPNProtocols: ['h2'] }), /no application protocol/);
    // The client's own library must be talked into it, at the lowest level of its safety.
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' } as const;
    await assert.rejects(connected(port, { ca, ...old }), /protocol version/);
  });

  test(`${front} hangs up on what is not TLS, and serves on`, async (t) => {
    const { listener, client } = await open(t, answer);
    const stranger = connectPlain({ port: listener.port, host: '127.0.0.1' });
    stranger.on('error', () => {});
    stranger.resume();
    stranger.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(stranger, 'close');
    const one = await client();
    one.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.equal((await one.answer()).status, 200);
  });

  test(`${front} does not wait for a handshake when it closes`, async (t) => {
    const { listener, client } = await open(t, answer);
    const silent = connectPlain({ port: listener.port, host: '127.0.0.1' });
    silent.on('error', () => {});
    silent.resume();
    await once(silent, 'connect');
    // Once a later one is served, the silent one was accepted.
    const one = await client();
    one.send('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await one.answer();
    const ended = once(silent, 'close');
    await listener.close(600_000);
    await ended;
  });
}

async function connected(
  port: number,
  options: Omit<ConnectionOptions, 'servername'> & { servername?: string | undefined },
): Promise<TLSSocket> {
  const { servername = '', ...rest } = options;
  const socket = connect({ port, host: '127.0.0.1', servername, ...rest });
  await once(socket, 'secureConnect');
  return socket;
}
