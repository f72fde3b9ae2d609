import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Key } from './load-spec.ts';
import { HOST, startServer, type RunningServer } from './servers.ts';

const ROOT_KEY: Key = {
  accessKeyId: 'AKIABENCHBENCHBENCH1',
  secretAccessKey: 'benchbenchbenchbenchbenchbenchbenchbench',
};
/** The version that npm has had since 2021. */
const S3RVER = 's3rver@3.7.1';
const NPM_MS_MAX = 60_000;

export function startCoffer(
  dataFolder: string,
  options: {
    readonly threads: number;
    readonly nodeFlags?: readonly string[];
    /** Where compiled code is kept instead of where the checkout keeps it. */
    readonly compileCache?: string;
  },
): Promise<RunningServer> {
  const cache = options.compileCache;
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const flags = ['--data', dataFolder, '--port', '0', '--threads', String(options.threads)];
  return startServer({
    name: 'Coffer',
    command: process.execPath,
    args: [...(options.nodeFlags ?? []), main, 'serve', ...flags],
    environment: {
      COFFER_ROOT_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
      COFFER_ROOT_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
      ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
    },
    key: ROOT_KEY,
    port: /serves S3, IAM and STS on http:\/\/[^:]+:(\d+)\n/,
  });
}

export function startBare(
  headers: readonly string[],
  size: number,
  threads: number,
): Promise<RunningServer> {
  return startServer({
    name: 'node:http',
    command: process.execPath,
    args: [
      fileURLToPath(new URL('bare-server.ts', import.meta.url)),
      JSON.stringify({ port: 0, size, headers, threads }),
    ],
    port: /listens on (\d+)\n/,
  });
}

/** nginx over a folder of files, with as many workers as Coffer has threads. */
export async function startNginx(
  files: string,
  folder: string,
  workers: number,
): Promise<RunningServer> {
  const prefix = join(folder, 'nginx');
  mkdirSync(join(prefix, 'temporary'), { recursive: true });
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${prefix}/temporary/${name};`)
    .join('\n');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    join(prefix, 'nginx.conf'),
    `${user}
worker_processes ${workers};
daemon off;
pid ${prefix}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=20000 inactive=600s;
  ${temporary}
  server { listen ${HOST}:${port} reuseport; root ${files}; }
}
`,
  );
  return startServer({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', prefix, '-e', 'stderr', '-c', join(prefix, 'nginx.conf')],
    port,
  });
}

/** The S3 server that npm's users take most; installed outside the repository for this run. */
export async function startS3rver(folder: string, bucket: string): Promise<RunningServer> {
  const home = join(folder, 's3rver');
  mkdirSync(join(home, 'data'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', S3RVER], {
    cwd: home,
    stdio: 'pipe',
    timeout: NPM_MS_MAX,
  });
  const port = await freePort();
  return startServer({
    name: 's3rver',
    command: process.execPath,
    args: [
      join(home, 'node_modules/s3rver/bin/s3rver.js'),
      '--silent',
      '--directory',
      join(home, 'data'),
      '--address',
      HOST,
      '--port',
      String(port),
      '--configure-bucket',
      bucket,
    ],
    key: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    port,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
