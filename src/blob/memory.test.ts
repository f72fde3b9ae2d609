import { blobStoreSuite } from './blob-store.suite.ts';
import type { BlobId } from './blob-store.ts';
import { openMemoryBlobStore } from './memory.ts';

blobStoreSuite('memory', async () => {
  const blobs = new Map<BlobId, Uint8Array>();
  return {
    open: async () => openMemoryBlobStore(blobs),
    async [Symbol.asyncDispose]() {},
  };
});
