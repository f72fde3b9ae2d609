import type { MessagePort } from 'node:worker_threads';
import type { EmbeddedStoreOptions } from './embedded-store.ts';

/** What the writer's thread is started with. */
export interface WriterData extends EmbeddedStoreOptions {
  readonly folder: string;
  /** Of the database's file, for `fsync`; see `openForSync`. */
  readonly syncDescriptor: number;
  /** An Int32 for each space, raised after every batch that wrote there. */
  readonly revisions: SharedArrayBuffer;
  /** See `stamps.ts`. */
  readonly stamps: SharedArrayBuffer;
}

export type WriterOrder =
  | { readonly kind: 'attach'; readonly port: MessagePort }
  | { readonly kind: 'close' };

export type WriterReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string };
