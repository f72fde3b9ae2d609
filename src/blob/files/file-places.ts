import { FILES_PER_FOLDER, folderName } from './blob-id.ts';
import { codeOf, CREATE, CREATE_DIRECT, syncFolder, type FileSystem } from './file-system.ts';
import { SharedSync } from './shared-sync.ts';

export interface FilePlace {
  readonly folder: string;
  readonly index: number;
  /** Path of the folder. */
  readonly path: string;
  /** Makes names in the folder durable; one sync serves all who wait. */
  readonly sync: SharedSync;
}

/** A file that is being written. */
export interface TemporaryFile {
  readonly path: string;
  readonly fd: number;
  /** Whether what is written to it goes past the page cache. */
  readonly isDirect: boolean;
}

interface Folder extends Omit<FilePlace, 'index'> {
  nextIndex: number;
}

/**
 * Gives every large file of this writer a place of its own. A folder belongs to the opening that
 * made it, so two openings never name the same file, even under the same writer's name.
 */
export class FilePlaces {
  readonly #files: FileSystem;
  readonly #root: string;
  readonly #temporaryRoot: string;
  readonly #writer: string;
  #current: Promise<Folder> | undefined;
  #nextFolder = 0;
  #nextTemporary = 0;

  constructor(files: FileSystem, root: string, temporaryRoot: string, writer: string) {
    this.#files = files;
    this.#root = root;
    this.#temporaryRoot = temporaryRoot;
    this.#writer = writer;
  }

  /** Direct ones only where `DirectWrites` are possible. */
  async createTemporary(isDirect: boolean): Promise<TemporaryFile> {
    const flags = (isDirect ? CREATE_DIRECT : undefined) ?? CREATE;
    for (;;) {
      const path = `${this.#temporaryRoot}/${this.#writer}-${this.#nextTemporary.toString(16)}`;
      this.#nextTemporary += 1;
      try {
        return { path, fd: await this.#files.open(path, flags), isDirect };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  async next(): Promise<FilePlace> {
    for (;;) {
      const making = (this.#current ??= this.#makeFolder());
      const folder = await making.catch((error: unknown) => {
        if (this.#current === making) this.#current = undefined;
        throw error;
      });
      if (folder.nextIndex < FILES_PER_FOLDER) {
        const index = folder.nextIndex;
        folder.nextIndex += 1;
        return { ...folder, index };
      }
      if (this.#current === making) this.#current = undefined;
    }
  }

  async #makeFolder(): Promise<Folder> {
    for (;;) {
      const folder = folderName(this.#writer, this.#nextFolder);
      this.#nextFolder += 1;
      const path = `${this.#root}/${folder}`;
      try {
        await this.#files.makeFolder(path);
        await syncFolder(this.#files, this.#root);
        const sync = new SharedSync(() => syncFolder(this.#files, path));
        return { folder, path, sync, nextIndex: 0 };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }
}
