import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * The limit for small reads: `node:http` that answers fixed bytes with fixed headers and does
 * nothing else, on as many threads as Coffer serves with.
 */
interface BareData {
  readonly port: number;
  readonly size: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

const BACKLOG = 1024;

function listen({ port, size, headers }: BareData): Promise<number> {
  const body = Buffer.alloc(size, 'x');
  const sent = [...headers, 'Content-Length', String(size)];
  const server = createServer({ noDelay: true }, (_, response) => {
    response.writeHead(200, sent);
    response.end(body);
  });
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port, reusePort: true, backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function start(data: BareData): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: data, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

if (isMainThread) {
  const { threads, ...data } = JSON.parse(process.argv[2] ?? '') as BareData & { threads: number };
  const port = await start(data);
  for (let index = 1; index < threads; index += 1) await start({ ...data, port });
  process.once('SIGTERM', () => process.exit(0));
  console.log(`listens on ${port}`);
} else {
  parentPort?.postMessage(await listen(workerData as BareData));
}
