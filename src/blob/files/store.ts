import { assert } from '../../base/assert.ts';
import type { Awaitable } from '../../base/awaitable.ts';
import type { ByteSource } from '../../base/http.ts';
import { BlobMissingError, type BlobId, type BlobStore, type StoredBlob } from '../blob-store.ts';
import { assertWriterName, bootOf, parseBlobId } from './blob-id.ts';
import { Collection } from './collection.ts';
import { DeadMarks } from './dead-marks.ts';
import { Descriptors } from './descriptors.ts';
import { DirectWrites } from './direct-writes.ts';
import { FilePlaces } from './file-places.ts';
import { openFileBlob } from './file-reader.ts';
import { foldersIn, type Folders } from './folders.ts';
import { allowing, nodeFileSystem, syncFolder, type FileSystem } from './file-system.ts';
import { FileWriter, type FileWriterParts } from './file-writer.ts';
import { Gathering } from './gather.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { SegmentWriter } from './segment-writer.ts';
import { openSegmentBlob } from './segments.ts';
import { VerifiedSource, type OpenBlob } from './source.ts';
import { WriteBuffers } from './write-buffers.ts';

export interface FileBlobStoreOptions {
  /**
   * Name of this thread, `<boot>-<thread>` in lower-case letters and digits, never used before. All
   * threads of one start share the boot: what bears another boot's name is taken to be left by a
   * process that is gone, so only one process at a time may have the folder open.
   */
  readonly writer: string;
  readonly limits?: Partial<Limits>;
  /** Stands in for the operating system in tests. */
  readonly files?: FileSystem;
}

/** Blobs in the folder `folder`, whose parent must exist. */
export async function openFileBlobStore(
  folder: string,
  options: FileBlobStoreOptions,
): Promise<BlobStore> {
  const { writer, limits, files = nodeFileSystem } = options;
  assertWriterName(writer);
  const folders = foldersIn(folder);
  await makeFolders(files, folder, folders);
  await removeLeftTemporaries(files, folders.temporary, writer);
  return new FileBlobStore(files, folders, writer, { ...DEFAULT_LIMITS, ...limits });
}

async function makeFolders(files: FileSystem, root: string, folders: Folders): Promise<void> {
  await allowing('EEXIST', files.makeFolder(root));
  for (const path of Object.values(folders)) await allowing('EEXIST', files.makeFolder(path));
  await syncFolder(files, root);
  await syncFolder(files, `${root}/..`);
}

/** Other threads of this boot may be writing theirs just now. */
async function removeLeftTemporaries(
  files: FileSystem,
  folder: string,
  writer: string,
): Promise<void> {
  for (const name of await files.names(folder)) {
    if (bootOf(name) === bootOf(writer)) continue;
    await allowing('ENOENT', files.unlink(`${folder}/${name}`));
  }
}

class FileBlobStore implements BlobStore {
  readonly #files: FileSystem;
  readonly #folders: Folders;
  readonly #limits: Limits;
  readonly #segmentWriter: SegmentWriter;
  readonly #fileParts: FileWriterParts;
  readonly #directWrites: DirectWrites;
  readonly #descriptors: Descriptors;
  readonly #marks: DeadMarks;
  readonly #collection: Collection;
  /** Bytes that writes hold in memory at present. */
  #gatheredSize = 0;

  constructor(files: FileSystem, folders: Folders, writer: string, limits: Limits) {
    this.#files = files;
    this.#folders = folders;
    this.#limits = limits;
    this.#segmentWriter = new SegmentWriter(files, folders.segments, writer, limits);
    this.#fileParts = {
      files,
      places: new FilePlaces(files, folders.files, folders.temporary, writer),
      buffers: new WriteBuffers(),
      syncStep: limits.syncStep,
    };
    this.#directWrites = new DirectWrites(files, `${folders.temporary}/${writer}-direct`);
    this.#descriptors = new Descriptors(files, limits.openSegmentsMax);
    this.#marks = new DeadMarks(files, folders.segments);
    this.#collection = new Collection(files, folders, writer, this.#descriptors, this.#marks);
  }

  async write(chunks: AsyncIterable<Uint8Array>, sizeHint = 0): Promise<StoredBlob> {
    let gathering: Gathering | undefined;
    let file: FileWriter | undefined;
    let counted = 0;
    try {
      if (sizeHint > this.#limits.segmentBlobSizeMax) file = await this.#createFile(sizeHint);
      else gathering = new Gathering(sizeHint);
      for await (const chunk of chunks) {
        if (gathering !== undefined && this.#hasRoom(gathering, chunk)) {
          gathering.add(chunk);
          counted += chunk.byteLength;
          this.#gatheredSize += chunk.byteLength;
          continue;
        }
        file ??= await this.#createFile(sizeHint);
        for (const part of gathering?.finish().parts ?? []) await file.write(part);
        gathering = undefined;
        this.#gatheredSize -= counted;
        counted = 0;
        await file.write(chunk);
      }
      if (gathering === undefined)
        return await (file ?? (await this.#createFile(sizeHint))).finish();
      const gathered = gathering.finish();
      return { id: await this.#segmentWriter.append(gathered), size: gathered.length };
    } catch (error) {
      await file?.abandon();
      throw error;
    } finally {
      this.#gatheredSize -= counted;
    }
  }

  read(id: BlobId, start: number, end: number): Awaitable<ByteSource> {
    const place = parseBlobId(id);
    if (place === undefined) throw new BlobMissingError('There is no blob of that name');
    if (place.kind === 'file') return this.#readFile(place, start, end);
    if (this.#marks.isKnown(place.segment, place.offset)) {
      throw new BlobMissingError(`Blob ${id} is deleted`);
    }
    const { segments } = this.#folders;
    return this.#source(
      openSegmentBlob(this.#files, this.#descriptors, segments, place),
      start,
      end,
    );
  }

  delete(id: BlobId): Promise<void> {
    return this.#collection.delete(id);
  }

  list(after: BlobId | undefined, limit: number): Promise<readonly BlobId[]> {
    return this.#collection.list(after, limit);
  }

  movable(limit: number): Promise<readonly BlobId[]> {
    return this.#collection.movable(limit);
  }

  /** Waits for blobs that are complete; writes whose chunks still come fail when they end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#segmentWriter.close();
    this.#descriptors.close();
  }

  async #createFile(sizeHint: number): Promise<FileWriter> {
    const isLarge = sizeHint >= this.#limits.directSizeMin;
    const isDirect = isLarge && (await this.#directWrites.arePossible());
    return FileWriter.create(this.#fileParts, isDirect);
  }

  #hasRoom(gathering: Gathering, chunk: Uint8Array): boolean {
    return (
      gathering.length + chunk.byteLength <= this.#limits.segmentBlobSizeMax &&
      this.#gatheredSize + chunk.byteLength <= this.#limits.gatheredSizeMax
    );
  }

  async #readFile(
    place: { folder: string; index: number; length: number },
    start: number,
    end: number,
  ): Promise<ByteSource> {
    return this.#source(await openFileBlob(this.#files, this.#folders.files, place), start, end);
  }

  #source(blob: OpenBlob, start: number, end: number): ByteSource {
    if (start >= 0 && start <= end && end <= blob.length) {
      return new VerifiedSource(this.#files, blob, start, end);
    }
    blob.release();
    assert(false, `Range ${start}-${end} lies within the ${blob.length} bytes of blob ${blob.id}`);
  }
}
