import { fsyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint, openCheckpointing } from './database.ts';

/** The second pass copies what was written during the first, and leaves the writer little. */
const PASSES = 2;

/** What the writer orders of the thread that checkpoints. */
export type CheckpointOrder = 'checkpoint' | 'close';

export interface CheckpointerData {
  readonly folder: string;
  readonly syncDescriptor: number;
}

/**
 * The entry of the thread that copies the log into the database while the writer goes on. Every
 * checkpoint is answered when it is done.
 */
const { folder, syncDescriptor } = workerData as CheckpointerData;
const database = openCheckpointing(folder);

parentPort?.on('message', (order: CheckpointOrder) => {
  if (order === 'checkpoint') {
    for (let pass = 0; pass < PASSES; pass += 1) {
      checkpoint(database);
      // SQLite leaves the sync to the pass that reaches the log's end, which is the writer's.
      fsyncSync(syncDescriptor);
    }
    parentPort?.postMessage('done');
  } else {
    database.close();
    parentPort?.close();
  }
});
