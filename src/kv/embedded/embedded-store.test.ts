import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyValueStoreSuite } from '../key-value-store.suite.ts';
import { openEmbeddedStore } from './embedded-store.ts';

keyValueStoreSuite('openEmbeddedStore', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-kv-'));
  return {
    open: () => openEmbeddedStore(folder),
    isDurable: true,
    remove: () => rm(folder, { recursive: true }),
  };
});
