import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { someBytes } from '../../../harness/random.ts';
import type { Ran, RunOptions, Workplace } from '../../../harness/workplace.ts';
import { inAws } from '../../in-aws.ts';

const PROGRAM = fileURLToPath(new URL('main.py', import.meta.url));
const MIB = 1024 * 1024;

export interface Generation {
  readonly title: string;
  readonly storage: 'boto3' | 'libcloud';
  readonly python: string;
}

export interface NodeParts {
  readonly name: string;
  readonly host: Workplace;
  readonly endpoint: string;
  readonly generation: Generation;
  /** What `/etc/medusa/medusa.ini` says in its section `storage`, beside the node's name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Reaches the server by its endpoint, and not by AWS's names. */
  readonly isDirect?: boolean;
}

/** A machine of a Cassandra cluster, with the double of Medusa on it. */
export class CassandraNode {
  readonly #parts: NodeParts;
  readonly #ini: string;

  constructor(parts: NodeParts) {
    const { name, host, settings } = parts;
    this.#parts = parts;
    const lines = Object.entries({ ...settings, fqdn: name, max_backup_count: '1' });
    const text = lines.map(([key, value]) => `${key} = ${value}\n`).join('');
    this.#ini = host.write(`medusa-${name}.ini`, `[storage]\n${text}`);
  }

  /** Runs Medusa's commands one after the other. */
  run(
    commands: readonly string[],
    options: RunOptions & { readonly flags?: readonly string[] } = {},
  ): Promise<Ran> {
    const { host, endpoint, generation, isDirect } = this.#parts;
    const command = [generation.python, PROGRAM, generation.storage, this.#ini, ...commands];
    const inside = isDirect ? command : inAws({ endpoint }, command, options.flags);
    const [program = '', ...args] = inside;
    return host.run(program, args, options);
  }

  /** The lines that Medusa's commands print. */
  async medusa(...commands: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await this.run(commands);
    return stdout.trimEnd().split('\n');
  }
}

/** Tables with their files: small, now and then empty, and as many large ones as are told. */
export function writeTables(folder: string, count: number, large: readonly number[]): void {
  const tables = ['shop/orders-5a1c', 'shop/users-77f0', 'system/local-7ad5', 'system/peers-3794'];
  for (const table of tables) mkdirSync(join(folder, table), { recursive: true });
  const write = (index: number, bytes: Uint8Array): void => {
    const table = tables[index % tables.length] ?? '';
    writeFileSync(join(folder, table, `nb-${index}-big-Data.db`), bytes);
  };
  for (let index = 0; index < count - large.length; index += 1) {
    write(index, someBytes(index % 50 === 0 ? 0 : 100 + ((index * 37) % 8000)));
  }
  for (const [index, mebibytes] of large.entries()) {
    write(count - large.length + index, someBytes(mebibytes * MIB));
  }
}
