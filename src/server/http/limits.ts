/** What a front grants a connection. Both fronts take their numbers from here. */
export interface FrontLimits {
  readonly headSizeMax: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
}

export const FRONT_LIMITS: FrontLimits = {
  /** S3 allows 8 KiB of headers; SDKs with session tokens and signed policies need some more. */
  headSizeMax: 32 * 1024,
  /** A client that has begun a request must finish its header section in this time (slowloris). */
  headersTimeoutMs: 60_000,
  /** A connection on which nothing moves for this long is closed; long transfers always move. */
  idleTimeoutMs: 300_000,
  /** Idle keep-alive: longer than the 60 s that load balancers and SDK pools commonly keep. */
  keepAliveTimeoutMs: 75_000,
  /** Open connections per thread; past it new ones are refused. */
  connectionsMax: 20_000,
};

/** Connections that wait in the kernel until they are accepted. */
export const BACKLOG = 1024;

/** User metadata of 2 KiB in the shortest fields is still below this. */
export const FIELDS_MAX = 1000;

/** Bytes of a body that may wait unread before the connection is paused. */
export const WAITING_SIZE_MAX = 256 * 1024;
/** The same before anyone has asked for the body: one read of the socket, and no more. */
export const WAITING_SIZE_MAX_UNASKED = 64 * 1024;
/** What a chunk costs beside its bytes, so that many tiny ones do not hide behind their sizes. */
export const CHUNK_OVERHEAD = 256;

/** Chunk extensions mean nothing to us; a body whose extensions exceed this is an attack. */
export const EXTENSIONS_SIZE_MAX = 16 * 1024;
/** Trailers are read and dropped. The checksums of S3 travel inside of the body, not here. */
export const TRAILER_SIZE_MAX = 8 * 1024;

/**
 * What is left of a body that nobody wants is read and dropped up to this size, which is cheaper
 * for both sides than a new connection. Past it the connection closes after the answer.
 */
export const DISCARD_SIZE_MAX = 8 * 1024 * 1024;
/**
 * After the last answer a connection is closed for writing and still read for a while: closing it
 * with unread bytes would send a reset, which may destroy the answer before the client has read
 * it (RFC 9112, section 9.6). Clients that write the whole body first need the time for that.
 */
export const LINGER_MS = 30_000;
/** A client that has sent nothing for this long after the last answer has had its chance. */
export const LINGER_IDLE_MS = 5_000;
