import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readRange } from '../blob-store.suite.ts';
import type { BlobId } from '../blob-store.ts';
import { parseBlobId } from './blob-id.ts';
import { openFileBlobStore } from './store.ts';
import { TestFolder } from './test-folder.suite.ts';

const CHILD = fileURLToPath(new URL('crash-child.suite.ts', import.meta.url));
const ROUNDS = 6;

interface Journal {
  readonly written: Map<BlobId, string>;
  readonly deleting: Set<BlobId>;
}

/** Runs the child until it has told `lineCount` lines, then kills it in whatever it is doing. */
async function killAfter(lineCount: number, args: string[], journal: Journal): Promise<void> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [event = '', id = '', hash = ''] = line.split(' ');
    if (event === 'written' && hash.length === 64) journal.written.set(id, hash);
    if (event === 'deleting') journal.deleting.add(id);
    count += 1;
    if (count === lineCount) child.kill('SIGKILL');
  }
  assert.deepEqual(await exit, [null, 'SIGKILL']);
}

it('file blob store: kill -9 while writing loses nothing acknowledged', async (test) => {
  await using folder = await TestFolder.make();
  const journal: Journal = { written: new Map(), deleting: new Set() };
  const seen = new Set<BlobId>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const lineCount = randomInt(1, 150);
    test.diagnostic(`round ${round}: killed after ${lineCount} lines`);
    await killAfter(lineCount, [folder.root, `crash${round}-0`, `${round * 1_000_000}`], journal);

    const writer = `check${round}-0`;
    const store = await openFileBlobStore(folder.root, { writer });
    const listed = new Set(await store.list(undefined, 1_000_000));
    for (const [id, hash] of journal.written) {
      if (journal.deleting.has(id)) continue;
      assert.ok(listed.has(id), `${id} is listed`);
      if (!seen.has(id)) assert.equal(await hashOf(id), hash, id);
      seen.add(id);
    }
    for (const id of listed) {
      if (!seen.has(id)) await hashOf(id);
    }
    assert.ok(!(await folder.fileNames()).some((name) => name.startsWith('temporary/')));
    await store[Symbol.asyncDispose]();

    async function hashOf(id: BlobId): Promise<string> {
      const { length } = parseBlobId(id)!;
      const bytes = await readRange(store, id, 0, length);
      return createHash('sha256').update(bytes).digest('hex');
    }
  }
  assert.ok(seen.size > ROUNDS);
});
