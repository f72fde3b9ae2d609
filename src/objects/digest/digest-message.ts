import type { Algorithm } from './algorithms.ts';

/** What a thread tells a digest worker. Messages of one stream are handled in order. */
export type DigestRequest =
  | { readonly kind: 'open'; readonly stream: number; readonly algorithms: readonly Algorithm[] }
  | {
      readonly kind: 'update';
      readonly stream: number;
      readonly slot: number;
      /** The slot's memory; sent with its first use in a stream only. */
      readonly memory: Uint8Array<SharedArrayBuffer> | undefined;
      readonly size: number;
    }
  | { readonly kind: 'end'; readonly stream: number };

/** What a digest worker answers: one `digested` to each `update`, one `ended` to each `end`. */
export type DigestReply =
  | { readonly kind: 'digested'; readonly stream: number; readonly slot: number }
  | {
      readonly kind: 'ended';
      readonly stream: number;
      readonly digests: ReadonlyMap<Algorithm, Uint8Array>;
    };
