import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint, openCheckpointing } from './database.ts';

/** What the writer orders of the thread that checkpoints. */
export type CheckpointOrder = 'checkpoint' | 'close';

/**
 * The entry of the thread that copies the log into the database while the writer goes on. Every
 * pass is answered with how far it came.
 */
const { folder } = workerData as { folder: string };
const database = openCheckpointing(folder);

parentPort?.on('message', (order: CheckpointOrder) => {
  if (order === 'checkpoint') {
    parentPort?.postMessage(checkpoint(database));
  } else {
    database.close();
    parentPort?.close();
  }
});
