import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { forwardFrom, type Targets } from './forward.ts';

/** All that a connection to an address that is not AWS's needs. */
const TARGETS = { complain: assert.fail, metadata: undefined } as unknown as Targets;
/** Linux acknowledges at once what comes first on a connection, and later after 40 ms. */
const EXCHANGES = 40;
const ACKNOWLEDGED_AFTER_MS = 40;

test('forwardFrom: a body that is written after its head does not wait for an acknowledgement', async () => {
  const arrived = new EventEmitter();
  await using far = await listen((socket) => {
    // Answers only when it has both, as a server does.
    socket.on('data', (bytes) => {
      if (bytes.includes('body')) socket.write('answer');
      else arrived.emit('head');
    });
  });
  await using near = await listen(() => {});
  using _forwarding = forwardFrom(near.server, far.port, TARGETS);
  const program = connect({ port: near.port, host: '127.0.0.1', noDelay: true });
  const tookMs: number[] = [];
  for (let count = 0; count < EXCHANGES; count += 1) {
    const startedAtMs = performance.now();
    const head = once(arrived, 'head');
    program.write('head');
    await head;
    const answer = once(program, 'data');
    program.write('body');
    await answer;
    tookMs.push(performance.now() - startedAtMs);
  }
  program.destroy();
  // The fastest: a machine that is busy with others is slow, but not in all of them.
  assert.ok(Math.min(...tookMs.slice(EXCHANGES / 2)) < ACKNOWLEDGED_AFTER_MS / 2, String(tookMs));
});

for (const address of ['169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23']) {
  test(`forwardFrom: the machine's own metadata at ${address} is nobody's to reach`, async () => {
    const complaints: string[] = [];
    const complain = (message: string): void => void complaints.push(message);
    await using near = await listen(() => {});
    // As if the program had meant that address, which every one inside arrives by.
    near.server.prependListener('connection', (socket) => {
      Object.defineProperty(socket, 'localAddress', { value: address });
    });
    using _forwarding = forwardFrom(near.server, 80, { ...TARGETS, complain });
    const program = connect({ port: near.port, host: '127.0.0.1' });
    const [error] = await once(program, 'error');
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
    assert.deepEqual(complaints, []);
  });
}

interface Listening extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
}

async function listen(onConnection: (socket: Socket) => void): Promise<Listening> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
