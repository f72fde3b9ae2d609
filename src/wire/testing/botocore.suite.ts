import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Declarations } from '../index.ts';
import { roundTrip, type Driver, type RoundTripOptions } from './round-trip.suite.ts';
import type { SdkModule } from './sdk-model.suite.ts';

const SCRIPT = fileURLToPath(new URL('drive_botocore.py', import.meta.url));

export interface Botocore {
  readonly python: string;
  readonly version: string;
}

/** The newest botocore among the Pythons in PATH and Debian's, or undefined where there is none. */
export function newestBotocore(): Botocore | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  const pythons = new Map<string, string>();
  for (const folder of folders) {
    const python = join(folder, 'python3');
    if (existsSync(python)) pythons.set(realpathSync(python), python);
  }
  const found = [...pythons.values()].flatMap((python) => {
    const version = botocoreVersion(python);
    return version === undefined ? [] : [{ python, version }];
  });
  return found.sort((a, b) => compareVersions(b.version, a.version))[0];
}

function botocoreVersion(python: string): string | undefined {
  const code = 'import botocore; print(botocore.__version__)';
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The first release of which the model has everything that is declared. */
const COMPLETE_SINCE = '1.43.0';

/**
 * A round trip through botocore, of all that the installed release has in its model; the test says
 * how much an older one leaves out. Gives the number of declared operations that were driven or
 * that only the old model lacks.
 */
export async function roundTripBotocore(
  t: TestContext,
  service: Service,
  { python, version }: Botocore,
  declarations: Declarations,
  sdk: SdkModule,
  {
    newer = /^$/,
    ...options
  }: Omit<RoundTripOptions, 'client' | 'onUnknown'> & {
    /** Paths of what came to AWS's models after that release. */
    readonly newer?: RegExp;
  },
): Promise<number> {
  const unknown: string[] = [];
  const count = await roundTrip(declarations, sdk, {
    ...options,
    client: { driver: botocoreDriver(service, python) },
    onUnknown: (path) => unknown.push(path),
  });
  const operations = unknown.filter((path) => !path.includes('.'));
  if (compareVersions(version, COMPLETE_SINCE) >= 0) {
    const missing = unknown.filter((path) => !newer.test(path));
    assert.deepEqual(missing, []);
  }
  const members = unknown.length - operations.length;
  const leftOut = `${operations.length} operations and ${members} members`;
  t.diagnostic(`botocore ${version}, ${service}: left out ${leftOut} that it does not know`);
  return count + operations.length;
}

type Service = 's3' | 'iam' | 'sts';

/** A driver of botocore's client for a service, in a Python process of its own. */
function botocoreDriver(service: Service, python: string): Driver {
  return ({ endpoint }) => {
    const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // A process that is gone shows in its missing answer.
    child.stdin.on('error', () => undefined);
    const write = (value: unknown) => child.stdin.write(`${JSON.stringify(value)}\n`);
    const ask = async (request: unknown): Promise<Record<string, unknown>> => {
      write(request);
      const line = await lines.next();
      if (line.done === true) throw new Error('botocore ended');
      const { answer, error } = JSON.parse(line.value, revive) as Result;
      if (error !== undefined) throw new Error(error);
      return answer ?? {};
    };
    write({ service, endpoint });
    return {
      parsesPolicies: true,
      knownPaths: async () => new Set((await ask({ describe: true }))['paths'] as string[]),
      send: (operation, input) => ask({ operation, input: flatten(input) }),
      async stop() {
        child.stdin.end();
        if (child.exitCode !== null) return;
        await new Promise<void>((resolve) => child.once('exit', () => resolve()));
      },
    };
  };
}

interface Result {
  readonly answer?: Record<string, unknown>;
  readonly error?: string;
}

/** Bytes and times as the script has them. */
function flatten(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(flatten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, flatten(item)]));
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$date' in value) return new Date(String(value.$date));
  return '$bytes' in value ? Buffer.from(String(value.$bytes), 'base64') : value;
}
