/** What the load process is told and tells; plain data, since it crosses a process border. */

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LoadSpec {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** The window ends after this time or, for `once`, when every request has been sent. */
  readonly durationMs: number;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Percent-encoded path and query; `{n}` is the request's number in seven digits, `{nnn}` its first three. */
  readonly target: string;
  readonly count: number;
  readonly first?: number;
  /** Numbers are `first + step * index`. */
  readonly step?: number;
  /** Each request is sent at most once; otherwise they come round again. */
  readonly once?: boolean;
  /** Bytes of the request's body. Up to 64 KiB they are signed, above they are UNSIGNED-PAYLOAD. */
  readonly bodySize?: number;
  /** Unsigned requests when absent. */
  readonly key?: Key | undefined;
  readonly expectStatus: number;
  /** Bytes of each answer's body; not checked when absent. */
  readonly expectSize?: number | undefined;
  /** Each answer's body must hold this text this many times. */
  readonly expectText?: { readonly text: string; readonly count: number } | undefined;
}

export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  /** One of the errors, in words. */
  readonly firstError: string | undefined;
  readonly elapsedMs: number;
  readonly perSecond: number;
  /** Bytes of bodies, both ways. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the load process, in microseconds. */
  readonly clientCpuPerRequest: number;
}

export type LoadOrder = { readonly kind: 'prepare'; readonly spec: LoadSpec } | { kind: 'go' };
export type LoadReport =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };
