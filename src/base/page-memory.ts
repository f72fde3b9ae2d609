/** What memory that is allocated here begins at a multiple of; every system's page is that or more. */
export const PAGE_SIZE = 4096;

const MODULE_PAGE_SIZE = 65_536;

/**
 * Every memory begins with this much room, which nobody is given: a WebAssembly module that computes
 * over the bytes where they are has its tables and its working memory there.
 */
export const MODULE_ROOM_SIZE = 3 * MODULE_PAGE_SIZE;

/** What a WebAssembly module imports to see the bytes. */
export interface ModuleMemory {
  readonly buffer: ArrayBufferLike;
}

/** Node has WebAssembly; the configured type libraries do not describe it. */
declare const WebAssembly: {
  readonly Memory: new (limits: {
    initial: number;
    maximum: number;
    shared: boolean;
  }) => ModuleMemory;
};

const memories = new WeakMap<ArrayBufferLike, ModuleMemory>();

/**
 * Memory that begins at a page of the system. What JavaScript allocates begins anywhere, but a disk
 * takes bytes without a copy in between only from whole pages (`open(2)`, O_DIRECT); memories of
 * WebAssembly modules are the ones that begin at one.
 */
export function pageMemory(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(allocate(size, false) as ArrayBuffer, MODULE_ROOM_SIZE, size);
}

/** The same, for several threads. Only the one that made it may let modules compute in it. */
export function sharedPageMemory(size: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(allocate(size, true) as SharedArrayBuffer, MODULE_ROOM_SIZE, size);
}

/** Whether `bytes` begin at a page; only memory of this thread's making is known. */
export function isAtPage(bytes: Uint8Array): boolean {
  return bytes.byteOffset % PAGE_SIZE === 0 && memories.has(bytes.buffer);
}

/** The memory that `bytes` are in, at their offset, when this thread made it here. */
export function moduleMemoryOf(bytes: Uint8Array): ModuleMemory | undefined {
  return memories.get(bytes.buffer);
}

function allocate(size: number, shared: boolean): ArrayBufferLike {
  const pages = Math.ceil((MODULE_ROOM_SIZE + size) / MODULE_PAGE_SIZE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  memories.set(memory.buffer, memory);
  return memory.buffer;
}
