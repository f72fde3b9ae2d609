import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { blobStoreSuite } from '../blob-store.suite.ts';
import type { Limits } from './limits.ts';
import { openFileBlobStore } from './store.ts';

function suiteWith(name: string, limits: Partial<Limits>): void {
  blobStoreSuite(name, async () => {
    const parent = await mkdtemp(join(tmpdir(), 'blobs-'));
    let boots = 0;
    return {
      open() {
        boots += 1;
        return openFileBlobStore(join(parent, 'blobs'), { writer: `boot${boots}-0`, limits });
      },
      [Symbol.asyncDispose]: () => rm(parent, { recursive: true }),
    };
  });
}

suiteWith('files', {});
suiteWith('files, with every limit near', {
  segmentSizeMax: 300_000,
  segmentBlobSizeMax: 200_000,
  groupSizeMax: 150_000,
  gatheredSizeMax: 1_000_000,
  openSegmentsMax: 2,
  syncStep: 500_000,
  directSizeMin: 400_000,
});
