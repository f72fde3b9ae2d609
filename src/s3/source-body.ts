import type { ByteSource, RequestBody } from '../base/http.ts';

const CHUNK_SIZE = 256 * 1024;

/** Stored bytes as a body to be stored again. Closes the source at the end, early or not. */
export function bodyOfSource(source: ByteSource): RequestBody {
  return {
    length: source.length,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const chunk = new Uint8Array(CHUNK_SIZE);
          const count = await source.read(chunk);
          if (count === 0) return;
          yield chunk.subarray(0, count);
        }
      } finally {
        source.close();
      }
    },
  };
}
