const KIB = 1024;
const MIB = 1024 * KIB;

/** What the engine may be told to do otherwise, mostly by tests that want the edges near. */
export interface Limits {
  /** A segment takes no more blobs once it would grow past this. */
  readonly segmentSizeMax: number;
  /** Blobs up to this size go into a segment; larger ones get a file of their own. */
  readonly segmentBlobSizeMax: number;
  /** How many bytes share one write and one fdatasync at most. */
  readonly groupSizeMax: number;
  /**
   * With this much waiting, the next group is written during the sync of the last; with less it is
   * better to wait, and to gather a larger one.
   */
  readonly writeAheadSizeMin: number;
  /** How many bytes all writes together may hold before the next one gets a file of its own. */
  readonly gatheredSizeMax: number;
  /** How many segments are kept open for reading. */
  readonly openSegmentsMax: number;
  /** Files known to become this large are written past the page cache. */
  readonly directSizeMin: number;
  /** Another large file is synced in passing whenever this many of its bytes are new. */
  readonly syncStep: number;
}

export const DEFAULT_LIMITS: Limits = {
  // Large enough that files and folder syncs are rare, small enough that compacting one is quick.
  segmentSizeMax: 64 * MIB,
  // Above this the syncs of a file of its own cost less than the copies that gathering needs.
  segmentBlobSizeMax: 1 * MIB,
  // Past a few MiB the disk is busy with bytes, and sharing a sync saves nothing more.
  groupSizeMax: 4 * MIB,
  // Where writing takes about as long as a sync; below, the sync alone counts.
  writeAheadSizeMin: 512 * KIB,
  // What a burst of slow uploads may cost one thread; past it they stream to files.
  gatheredSizeMax: 64 * MIB,
  // Descriptors of a thread, and (they keep removed segments alive) at most 8 GiB of disk.
  openSegmentsMax: 128,
  // Below lie pictures and documents, which someone may read at once; above, parts and backups.
  directSizeMin: 4 * MIB,
  // Keeps the disk busy while bytes arrive, so that little is left to wait for at the end.
  syncStep: 8 * MIB,
};

/** The unit of checksums, part of the stored format: small ranges read and verify one of these. */
export const BLOCK_SIZE = 64 * KIB;

/** Up to here reads never leave the thread, wherever the bytes are. */
export const SYNC_READ_SIZE_MAX = 128 * KIB;

/** Larger reads go in pieces, each of them verified while it is still in a core's cache. */
export const READ_PIECE_SIZE = 256 * KIB;

/**
 * After a piece that came from the disk, this much is read through the thread pool before the
 * thread tries again by itself: a disk keeps a thread waiting for one piece in this many bytes.
 */
export const COLD_SPAN = 8 * MIB;

/** Writes to a large file are made of this much; small chunks are copied together first. */
export const WRITE_BUFFER_SIZE = 512 * KIB;

/** Chunks at least this large are written from where they are, if that is at a page. */
export const UNCOPIED_WRITE_SIZE_MIN = 256 * KIB;

/** Buffers kept for the next large files, per store. */
export const SPARE_WRITE_BUFFERS_MAX = 16;
