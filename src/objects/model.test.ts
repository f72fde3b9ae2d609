import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobId } from '../blob/blob-store.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openMemoryBlobStore } from '../blob/memory.ts';
import { openEmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { modelSuite, type Engines } from './model.suite.ts';

modelSuite(
  'memory',
  async () => {
    const kv = openMemoryStore();
    const blobMap = new Map<BlobId, Uint8Array>();
    return {
      open: async () => ({ kv, blobs: openMemoryBlobStore(blobMap) }),
      async [Symbol.asyncDispose]() {},
    };
  },
  150,
);

modelSuite('embedded', () => embeddedEngines(), 6);

/** The engines of an installation, in a folder; segments are small, so that many are compacted. */
async function embeddedEngines(): Promise<Engines> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-objects-'));
  let resources: AsyncDisposableStack | undefined;
  let boots = 0;
  return {
    async open() {
      await resources?.disposeAsync();
      resources = new AsyncDisposableStack();
      boots += 1;
      const writer = `boot${boots}-0`;
      const kv = resources.use(await openEmbeddedStore(join(folder, 'kv')));
      const limits = { segmentSizeMax: 100_000 };
      const blobs = resources.use(
        await openFileBlobStore(join(folder, 'blobs'), { writer, limits }),
      );
      return { kv, blobs };
    },
    async [Symbol.asyncDispose]() {
      await resources?.disposeAsync();
      await rm(folder, { recursive: true });
    },
  };
}
