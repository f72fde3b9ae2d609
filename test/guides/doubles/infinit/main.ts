/**
 * A double of the two programs that guide 000 ends in, and of the storage behind them. The original
 * cannot be built any more; this one asks what its prompts asked, refuses what they refused, and
 * speaks to S3 in its two dialects:
 *
 *   2016  to AWS's own name over https; `Authorization` holds Signature before SignedHeaders, which are
 *         in mixed case; an answer without `ETag`, or whose ETag is not the body's MD5, is corrupt
 *   2017  to an endpoint of one's own, in path style; the usual order, all in lower case
 *
 * Usage: infinit credentials --add --aws --name NAME
 *        infinit credentials --list | --delete --name NAME
 *        infinit storage --create --s3 --name NAME --account NAME --region REGION --bucket BUCKET
 *                        [--path FOLDER] [--reduced-redundancy] [--endpoint URL]
 *        infinit blocks put|list|check|erase --storage NAME [--count N]
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { S3, type Storage } from './s3.ts';

const ACCESS_KEY_ID = /^[A-Z0-9]{20}$/;
const SECRET_ACCESS_KEY = /^[A-Za-z0-9/+=]{40}$/;
const FOLDER = join(homedir(), '.infinit');

function save(kind: string, name: string, value: object): void {
  mkdirSync(join(FOLDER, kind), { recursive: true });
  writeFileSync(join(FOLDER, kind, `${name}.json`), JSON.stringify(value), { mode: 0o600 });
}

function load<T>(kind: string, name: string): T {
  const path = join(FOLDER, kind, `${name}.json`);
  if (!existsSync(path)) throw new Error(`no ${kind} named "${name}"`);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** Asks until the answer has the shape that AWS's keys have. */
async function prompt(lines: AsyncIterator<string>, label: string, shape: RegExp): Promise<string> {
  for (;;) {
    process.stdout.write(`${label}: `);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('no more input');
    if (shape.test(value)) return value;
    process.stdout.write(`Invalid ${label}, try again...\n`);
  }
}

async function addCredentials(name: string): Promise<void> {
  process.stdout.write('Please enter your AWS credentials\n');
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  save('credentials', name, {
    access_key_id: await prompt(lines, 'Access Key ID', ACCESS_KEY_ID),
    secret_access_key: await prompt(lines, 'Secret Access Key', SECRET_ACCESS_KEY),
  });
  input.close();
  process.stdout.write(`Locally stored AWS credentials "${name}".\n`);
}

/** Blocks of 1 to 64 KiB whose names and bytes follow from their number. */
function block(index: number): { name: string; bytes: Buffer } {
  const name = createHash('sha256').update(`block ${index}`).digest('hex');
  const size = 1024 * (1 + (index % 64));
  return { name, bytes: Buffer.alloc(size, name) };
}

async function eachBlock(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function runBlocks(verb: string, storage: Storage, count: number): Promise<void> {
  const s3 = new S3(storage, load('credentials', storage.account));
  if (verb === 'put') {
    await eachBlock(count, async (index) => {
      const { name, bytes } = block(index);
      await s3.putBlock(name, bytes);
    });
  } else if (verb === 'list') {
    for (const page of await s3.list()) process.stdout.write(`page of ${page.length}\n`);
  } else if (verb === 'check') {
    let [good, missing] = [0, 0];
    await eachBlock(count, async (index) => {
      const { name, bytes } = block(index);
      const found = await s3.getBlock(name);
      if (found === undefined) missing += 1;
      else if (found.equals(bytes)) good += 1;
      else throw new Error(`block ${index} came back changed`);
    });
    process.stdout.write(`${good} good, ${missing} missing\n`);
  } else if (verb === 'erase') {
    await eachBlock(count, (index) => s3.eraseBlock(block(index).name));
  } else throw new Error(`unknown: ${verb}`);
}

async function main(words: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      add: flag,
      aws: flag,
      list: flag,
      delete: flag,
      create: flag,
      s3: flag,
      'reduced-redundancy': flag,
      name: text,
      account: text,
      region: text,
      bucket: text,
      path: text,
      endpoint: text,
      storage: text,
      count: text,
    },
  });
  const need = (name: 'name' | 'account' | 'region' | 'bucket' | 'storage'): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`missing --${name}`);
    return value;
  };
  const [program, verb = ''] = positionals;
  if (program === 'credentials' && values.add) return addCredentials(need('name'));
  if (program === 'credentials' && values.delete) {
    return rmSync(join(FOLDER, 'credentials', `${need('name')}.json`));
  }
  if (program === 'storage' && values.create) {
    const name = need('name');
    load('credentials', need('account'));
    save('storage', name, {
      account: need('account'),
      region: need('region'),
      bucket: need('bucket'),
      folder: values.path ?? `${name}_blocks`,
      ...(values['reduced-redundancy'] && { storage_class: 'REDUCED_REDUNDANCY' }),
      ...(values.endpoint !== undefined && { endpoint: values.endpoint }),
    } satisfies Storage);
    process.stdout.write(`Created storage "${name}".\n`);
    return;
  }
  if (program === 'blocks') {
    return runBlocks(verb, load('storage', need('storage')), Number(values.count ?? 0));
  }
  throw new Error(`unknown: ${words.join(' ')}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
