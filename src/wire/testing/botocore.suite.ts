import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Driver } from './round-trip.suite.ts';

const SCRIPT = fileURLToPath(new URL('drive_botocore.py', import.meta.url));

/** The version of botocore that a Python has, or undefined when it has none. */
export function botocoreVersion(python = 'python3'): string | undefined {
  const code = 'import botocore; print(botocore.__version__)';
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** A driver of botocore's client for a service, in a Python process of its own. */
export function botocoreDriver(service: 's3' | 'iam' | 'sts', python = 'python3'): Driver {
  return ({ endpoint }) => {
    const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // A process that is gone shows in its missing answer.
    child.stdin.on('error', () => undefined);
    const write = (value: unknown) => child.stdin.write(`${JSON.stringify(value)}\n`);
    write({ service, endpoint });
    return {
      parsesPolicies: true,
      async send(operation, input) {
        write({ operation, input: flatten(input) });
        const line = await lines.next();
        if (line.done === true) throw new Error('botocore ended');
        const { answer, error } = JSON.parse(line.value, revive) as Result;
        if (error !== undefined) throw new Error(error);
        return answer ?? {};
      },
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
