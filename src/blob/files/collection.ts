import { BlobCorruptError, BlobMissingError, type BlobId } from '../blob-store.ts';
import {
  bootOf,
  fileBlobIdOf,
  fileName,
  isFolderName,
  isSegmentName,
  parseBlobId,
  segmentBlobId,
} from './blob-id.ts';
import { DEAD_SUFFIX, type Dead, type DeadMarks } from './dead-marks.ts';
import type { Descriptors } from './descriptors.ts';
import { allowing, codeOf, READ, type FileSystem } from './file-system.ts';
import type { Folders } from './folders.ts';
import { END_MARK_SIZE, type Frame } from './segment-format.ts';
import {
  endLeftSegment,
  isEnded,
  openSegmentBlob,
  segmentPath,
  SEGMENT_SUFFIX,
  surveySegment,
} from './segments.ts';

/**
 * A segment is worth moving when the dead take at least this part of it: then moving frees as much
 * as it writes, or more, and no more than twice the space of what is alive is ever in use.
 */
const MOVABLE_DEAD_SHARE = 0.5;

/** What the collector's thread does to a store: deletes, finds what was left, empties segments. */
export class Collection {
  readonly #files: FileSystem;
  readonly #folders: Folders;
  readonly #boot: string;
  readonly #descriptors: Descriptors;
  readonly #marks: DeadMarks;
  /** Where `movable` goes on, so that a blob that does not move is in nobody's way. */
  #lastMovable: BlobId = '';
  /** Deleting and surveying one at a time: both end in the removal of segments. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    files: FileSystem,
    folders: Folders,
    writer: string,
    descriptors: Descriptors,
    marks: DeadMarks,
  ) {
    this.#files = files;
    this.#folders = folders;
    this.#boot = bootOf(writer);
    this.#descriptors = descriptors;
    this.#marks = marks;
  }

  delete(id: BlobId): Promise<void> {
    return this.#inTurn(async () => {
      const place = parseBlobId(id);
      if (place?.kind === 'file') await this.#deleteFile(place);
      if (place?.kind === 'segment') await this.#deleteFrame(place);
    });
  }

  list(after: BlobId | undefined, limit: number): Promise<BlobId[]> {
    return this.#inTurn(async () => {
      const ids: BlobId[] = [];
      for await (const id of this.#earlierIds(after)) {
        if (ids.length === limit) break;
        if (after === undefined || id > after) ids.push(id);
      }
      return ids;
    });
  }

  movable(limit: number): Promise<BlobId[]> {
    return this.#inTurn(async () => {
      const names = await this.#files.names(this.#folders.segments);
      const segments = namesWithSuffix(names, DEAD_SUFFIX);
      const last = this.#lastMovable;
      const next = Math.max(
        segments.findIndex((segment) => `s.${segment}~` > last),
        0,
      );
      const turned = [...segments.slice(next), ...segments.slice(0, next)];
      const ids: BlobId[] = [];
      const passed: BlobId[] = [];
      for (const [index, segment] of turned.entries()) {
        if (ids.length >= limit) break;
        const live = await this.#movableFrom(segment);
        ids.push(...live.filter((id) => index > 0 || id > last));
        if (index === 0) passed.push(...live.filter((id) => id <= last));
      }
      const chosen = [...ids, ...passed].slice(0, limit);
      this.#lastMovable = chosen.at(-1) ?? '';
      return chosen;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #deleteFile(place: { folder: string; index: number; length: number }): Promise<void> {
    const folder = `${this.#folders.files}/${place.folder}`;
    const path = `${folder}/${fileName(place.index, place.length)}`;
    await allowing('ENOENT', this.#files.unlink(path));
    await this.#removeEmptyFolder(place.folder);
  }

  /** Folders of this boot may be about to get a file, so those wait for another boot. */
  async #removeEmptyFolder(folder: string): Promise<void> {
    if (bootOf(folder) === this.#boot) return;
    await this.#files.removeFolder(`${this.#folders.files}/${folder}`).catch(() => {});
  }

  async #deleteFrame(place: { segment: string; offset: number; length: number }): Promise<void> {
    const { segment, offset, length } = place;
    if (this.#marks.isKnown(segment, offset)) return;
    let fileSize: number;
    try {
      // Only what is really there is marked: a segment goes when its marks add up to its size.
      const blob = openSegmentBlob(this.#files, this.#descriptors, this.#folders.segments, place);
      fileSize = this.#files.status(blob.fd).size;
      blob.release();
    } catch (error) {
      if (error instanceof BlobMissingError || error instanceof BlobCorruptError) return;
      throw error;
    }
    const dead = await this.#marks.add(segment, offset, length);
    if (dead.size + END_MARK_SIZE === fileSize) await this.#removeIfAllDead(segment, dead);
  }

  async #removeIfAllDead(segment: string, dead: Dead): Promise<void> {
    const fd = await this.#openSegment(segment);
    if (fd === undefined) return;
    const { size } = this.#files.status(fd);
    const allDead = isEnded(this.#files, fd, segment) && dead.size + END_MARK_SIZE === size;
    this.#files.close(fd);
    if (allDead) await this.#removeSegment(segment);
  }

  /** The marks go last: without them a segment that stayed would be taken for alive. */
  async #removeSegment(segment: string): Promise<void> {
    const path = segmentPath(this.#folders.segments, segment);
    await allowing('ENOENT', this.#files.unlink(path));
    this.#descriptors.drop(path);
    await allowing('ENOENT', this.#marks.remove(segment));
  }

  async #movableFrom(segment: string): Promise<BlobId[]> {
    const dead = await this.#marks.load(segment);
    await this.#endIfLeft(segment);
    const fd = await this.#openSegment(segment);
    if (fd === undefined) {
      await allowing('ENOENT', this.#marks.remove(segment));
      return [];
    }
    try {
      const { size } = this.#files.status(fd);
      if (dead.size < size * MOVABLE_DEAD_SHARE || !isEnded(this.#files, fd, segment)) return [];
      const { frames, complete } = await surveySegment(this.#files, fd, segment);
      // What a damaged head hides may be alive, so nothing of such a segment is given up.
      if (!complete) return [];
      const live = frames.filter(({ offset }) => !dead.offsets.has(offset));
      if (live.length === 0) await this.#removeSegment(segment);
      return live.map(({ offset, length }) => segmentBlobId(segment, offset, length));
    } finally {
      this.#files.close(fd);
    }
  }

  async *#earlierIds(after: BlobId | undefined): AsyncGenerator<BlobId> {
    for (const folder of (await this.#files.names(this.#folders.files)).toSorted()) {
      if (!isFolderName(folder) || bootOf(folder) === this.#boot) continue;
      // A tilde comes after all that ids are made of, so every id of the folder is before this.
      if (after !== undefined && `f.${folder}~` <= after) continue;
      yield* await this.#idsInFolder(folder);
    }
    const names = await this.#files.names(this.#folders.segments);
    for (const segment of namesWithSuffix(names, SEGMENT_SUFFIX)) {
      if (bootOf(segment) === this.#boot) continue;
      if (after !== undefined && `s.${segment}~` <= after) continue;
      yield* await this.#idsInSegment(segment);
    }
  }

  async #idsInFolder(folder: string): Promise<BlobId[]> {
    const names = await this.#files.names(`${this.#folders.files}/${folder}`);
    if (names.length === 0) await this.#removeEmptyFolder(folder);
    const ids = names.map((name) => fileBlobIdOf(folder, name));
    return ids.filter((id) => id !== undefined).toSorted();
  }

  async #idsInSegment(segment: string): Promise<BlobId[]> {
    await this.#endIfLeft(segment);
    const fd = await this.#openSegment(segment);
    if (fd === undefined) return [];
    try {
      const { frames, complete } = await surveySegment(this.#files, fd, segment);
      const { offsets } = await this.#marks.load(segment);
      const live = frames.filter(({ offset }) => !offsets.has(offset));
      if (live.length === 0 && complete) await this.#removeSegment(segment);
      return live.map(({ offset, length }) => segmentBlobId(segment, offset, length));
    } finally {
      this.#files.close(fd);
    }
  }

  async #endIfLeft(segment: string): Promise<void> {
    if (bootOf(segment) === this.#boot) return;
    const onTorn = async ({ offset, length }: Frame): Promise<void> => {
      await this.#marks.add(segment, offset, length);
    };
    const ending = endLeftSegment(this.#files, this.#folders.segments, segment, onTorn);
    await allowing('ENOENT', ending);
  }

  async #openSegment(segment: string): Promise<number | undefined> {
    try {
      return await this.#files.open(segmentPath(this.#folders.segments, segment), READ);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

/** Names of segments that have a file with this suffix, ascending. */
function namesWithSuffix(names: readonly string[], suffix: string): string[] {
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter(isSegmentName)
    .toSorted();
}
