/**
 * The process that `crash.test.ts` kills: writes blobs of all sizes as fast as it can and tells of
 * each, on standard output, after it was acknowledged. Arguments: folder, name of the writer, seed.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';

import { patternBytes, reusedChunks } from '../blob-store.suite.ts';
import type { BlobId } from '../blob-store.ts';
import { openFileBlobStore } from './store.ts';

const CONCURRENCY = 8;
const SIZES = [0, 3000, 20_000, 70_000, 300_000, 1_000_000, 2_500_000];
const STANDARD_OUTPUT = 1;

const [, , folder = '', writer = '', seedText = '0'] = process.argv;
const limits = { segmentSizeMax: 8_000_000, syncStep: 500_000, directSizeMin: 2_000_000 };
const store = await openFileBlobStore(folder, { writer, limits });
let next = Number(seedText);

function tell(line: string): void {
  writeSync(STANDARD_OUTPUT, `${line}\n`);
}

async function writeForever(): Promise<never> {
  let previous: BlobId | undefined;
  for (;;) {
    const seed = (next += 1);
    const bytes = patternBytes(SIZES[seed % SIZES.length] ?? 0, seed);
    const { id } = await store.write(
      reusedChunks(bytes, 60_000),
      seed % 2 ? bytes.length : undefined,
    );
    tell(`written ${id} ${createHash('sha256').update(bytes).digest('hex')}`);
    if (seed % 3 === 0 && previous !== undefined) {
      tell(`deleting ${previous}`);
      await store.delete(previous);
      previous = undefined;
    } else previous = id;
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, writeForever));
