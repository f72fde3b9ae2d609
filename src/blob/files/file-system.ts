import * as fs from 'node:fs';

/**
 * The few file operations that the engine is made of. Tests put one in between that fails, writes
 * less than asked, or tears. The callback API of node:fs costs half of what fs/promises does.
 */
export interface FileSystem {
  open(path: string, flags: number): Promise<number>;
  openSync(path: string, flags: number): number;
  /** Never fails as far as the caller is concerned: what matters was synced before. */
  close(fd: number): void;
  /** May read less than asked; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): Promise<number>;
  readSync(fd: number, into: Uint8Array, position: number): number;
  /** Grows whenever a read of this process had to wait for the disk: not all was in memory. */
  diskReadCount(): number;
  /** Writes the parts one after the other from `position`, or fewer bytes than that. */
  write(fd: number, parts: readonly Uint8Array[], position: number): Promise<number>;
  /** Appends one small record; for files opened to append. */
  appendSync(fd: number, bytes: Uint8Array): number;
  datasync(fd: number): Promise<void>;
  sync(fd: number): Promise<void>;
  truncate(fd: number, size: number): Promise<void>;
  status(fd: number): FileStatus;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  names(folder: string): Promise<string[]>;
}

export interface FileStatus {
  readonly size: number;
  /** Zero once the file has been removed. */
  readonly linkCount: number;
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND } = fs.constants;
export const READ = O_RDONLY;
export const UPDATE = O_RDWR;
export const CREATE = O_WRONLY | O_CREAT | O_EXCL;
/** As `CREATE`, for whole pages that go past the page cache; absent where that cannot be asked. */
export const CREATE_DIRECT: number | undefined =
  'O_DIRECT' in fs.constants ? CREATE | fs.constants.O_DIRECT : undefined;
export const APPEND = O_WRONLY | O_CREAT | O_APPEND;

/** Data belongs to the user that the server runs as, and to nobody else. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}

/** As `call`, for operations whose callback gives nothing. */
function run(start: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

export const nodeFileSystem: FileSystem = {
  open: (path, flags) => call((done) => fs.open(path, flags, FILE_MODE, done)),
  openSync: (path, flags) => fs.openSync(path, flags, FILE_MODE),
  close: (fd) => fs.close(fd, () => {}),
  read: (fd, into, position) =>
    call((done) => fs.read(fd, into, 0, into.byteLength, position, done)),
  readSync: (fd, into, position) => fs.readSync(fd, into, 0, into.byteLength, position),
  diskReadCount: () => process.resourceUsage().fsRead,
  write(fd, parts, position) {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only !== undefined) {
      return call((done) => fs.write(fd, only, 0, only.byteLength, position, done));
    }
    return call((done) => fs.writev(fd, parts, position, done));
  },
  appendSync: (fd, bytes) => fs.writeSync(fd, bytes),
  datasync: (fd) => run((done) => fs.fdatasync(fd, done)),
  sync: (fd) => run((done) => fs.fsync(fd, done)),
  truncate: (fd, size) => run((done) => fs.ftruncate(fd, size, done)),
  status(fd) {
    const { size, nlink } = fs.fstatSync(fd);
    return { size, linkCount: nlink };
  },
  rename: (from, to) => run((done) => fs.rename(from, to, done)),
  unlink: (path) => run((done) => fs.unlink(path, done)),
  makeFolder: (path) => run((done) => fs.mkdir(path, FOLDER_MODE, done)),
  removeFolder: (path) => run((done) => fs.rmdir(path, done)),
  names: (folder) => call((done) => fs.readdir(folder, done)),
};

/** The system's name of a failure, such as `ENOENT`; undefined for errors that are not its own. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Awaits `work`; its failure with the system error `code` is as good as success. */
export async function allowing(code: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (codeOf(error) !== code) throw error;
  }
}

/**
 * Writes all of `parts` from `position` on, in as many calls as that takes, each of which begins a
 * multiple of `unit` behind the first.
 */
export async function writeFully(
  files: FileSystem,
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
  unit = 1,
): Promise<void> {
  let rest = parts.filter((part) => part.byteLength > 0);
  let at = position;
  while (rest.length > 0) {
    const taken = await files.write(fd, rest, at);
    const isAll = taken === rest.reduce((sum, part) => sum + part.byteLength, 0);
    const count = isAll ? taken : taken - (taken % unit);
    if (count <= 0) throw new Error('The file system takes no more bytes');
    at += count;
    rest = withoutFirst(rest, count);
  }
}

function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (skip >= part.byteLength) skip -= part.byteLength;
    else {
      rest.push(part.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

/** Fills `into` from `position`; fewer bytes only where the file ends. */
export async function readFully(
  files: FileSystem,
  fd: number,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.byteLength) {
    const count = await files.read(fd, into.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** As `readFully`, without leaving the thread. */
export function readFullySync(
  files: FileSystem,
  fd: number,
  into: Uint8Array,
  position: number,
): number {
  let filled = 0;
  while (filled < into.byteLength) {
    const count = files.readSync(fd, into.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Makes the names in a folder durable: created, renamed and removed ones. */
export async function syncFolder(files: FileSystem, path: string): Promise<void> {
  const fd = await files.open(path, READ);
  try {
    await files.sync(fd);
  } finally {
    files.close(fd);
  }
}
