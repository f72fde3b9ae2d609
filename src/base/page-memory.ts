/** What memory that is allocated here begins at a multiple of; every system's page is that or more. */
export const PAGE_SIZE = 4096;

const MODULE_PAGE_SIZE = 65_536;
const known = new WeakSet<ArrayBufferLike>();

/**
 * Memory that begins at a page of the system. What JavaScript allocates begins anywhere, but a disk
 * takes bytes without a copy in between only from whole pages (`open(2)`, O_DIRECT); memories of
 * WebAssembly modules are the ones that begin at one. `size` is a multiple of 64 KiB.
 */
export function pageMemory(size: number): Uint8Array {
  return new Uint8Array(allocate(size, false));
}

/** The same, for several threads. */
export function sharedPageMemory(size: number): SharedArrayBuffer {
  return allocate(size, true) as SharedArrayBuffer;
}

/** Whether `bytes` begin at a page; only memory of this thread's making is known. */
export function isAtPage(bytes: Uint8Array): boolean {
  return bytes.byteOffset % PAGE_SIZE === 0 && known.has(bytes.buffer);
}

/** Node has WebAssembly; the configured type libraries do not describe it. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => {
    readonly buffer: ArrayBufferLike;
  };
};

function allocate(size: number, shared: boolean): ArrayBufferLike {
  const pages = Math.ceil(size / MODULE_PAGE_SIZE);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  known.add(buffer);
  return buffer;
}
