import { BlobCorruptError, BlobMissingError } from '../blob-store.ts';
import { fileBlobId, fileName } from './blob-id.ts';
import { CHECKSUM_SIZE, isPageIntact, PAGE_ENTRIES, pageSpan } from './checksums.ts';
import { codeOf, READ, readFully, type FileSystem } from './file-system.ts';
import type { OpenBlob } from './source.ts';

/** Opens a blob that has a file of its own. Throws `BlobMissingError`. */
export async function openFileBlob(
  files: FileSystem,
  root: string,
  { folder, index, length }: { folder: string; index: number; length: number },
): Promise<OpenBlob> {
  const id = fileBlobId(folder, index, length);
  const fd = await openExisting(files, `${root}/${folder}/${fileName(index, length)}`, id);
  let page = -1;
  let table: Buffer = Buffer.alloc(0);
  return {
    id,
    fd,
    dataPosition: 0,
    length,
    knownUntil: (block) =>
      Math.floor(block / PAGE_ENTRIES) === page ? (page + 1) * PAGE_ENTRIES : block,
    async load(block) {
      const wanted = Math.floor(block / PAGE_ENTRIES);
      const { position, size } = pageSpan(length, wanted);
      const bytes = Buffer.allocUnsafeSlow(size);
      const count = await readFully(files, fd, bytes, position);
      if (count < size || !isPageIntact(bytes, id, wanted)) {
        throw new BlobCorruptError(`The checksums of blob ${id} are damaged`);
      }
      page = wanted;
      table = bytes;
    },
    checksumOf: (block) => table.readUInt32LE((block % PAGE_ENTRIES) * CHECKSUM_SIZE),
    release: () => files.close(fd),
  };
}

async function openExisting(files: FileSystem, path: string, id: string): Promise<number> {
  try {
    return await files.open(path, READ);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BlobMissingError(`There is no blob ${id}`);
  }
}
