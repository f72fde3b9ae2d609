import { createHash, hash } from 'node:crypto';
import { crc32 } from '../../base/crc/crc32.ts';
import type { Algorithm, ChecksumAlgorithm } from './algorithms.ts';
import { crcEngine, type CrcRegister } from '../../base/crc/crc-engine.ts';
import { CRC_MODELS, type CrcAlgorithm } from '../../base/crc/crc-model.ts';

/** A digest in the making. `digest` ends it: neither method may be called afterwards. */
export interface Digest {
  update(chunk: Uint8Array): void;
  /** CRCs in big-endian byte order, as S3 writes them. */
  digest(): Uint8Array;
}

/** Sizes of digests in bytes. */
export const DIGEST_SIZES: Readonly<Record<Algorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  MD5: 16,
};

const OPENSSL_NAMES = { SHA1: 'sha1', SHA256: 'sha256', MD5: 'md5' } as const;

export function isCrc(algorithm: Algorithm): algorithm is CrcAlgorithm {
  return Object.hasOwn(CRC_MODELS, algorithm);
}

export function createDigest(algorithm: Algorithm): Digest {
  if (algorithm === 'CRC32') return nativeCrc32();
  if (isCrc(algorithm)) return engineCrc(algorithm);
  return createHash(OPENSSL_NAMES[algorithm]);
}

/** The digest of bytes that are all here; for hashes this is cheaper than a stream of one chunk. */
export function digestOf(algorithm: Algorithm, bytes: Uint8Array): Uint8Array {
  if (!isCrc(algorithm)) return hash(OPENSSL_NAMES[algorithm], bytes, 'buffer');
  const digest = createDigest(algorithm);
  digest.update(bytes);
  return digest.digest();
}

/** The checksum that S3 computes for an object whose writer names none ("Checking object integrity"). */
export const DEFAULT_CHECKSUM_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

function nativeCrc32(): Digest {
  let value = 0;
  return {
    update(chunk) {
      value = crc32(chunk, value);
    },
    digest() {
      return crcBytes({ high: 0, low: value }, 4);
    },
  };
}

function engineCrc(algorithm: CrcAlgorithm): Digest {
  const { size } = CRC_MODELS[algorithm];
  const engine = crcEngine(algorithm);
  const register: CrcRegister = { high: size === 8 ? 0xffffffff : 0, low: 0xffffffff };
  return {
    update(chunk) {
      engine.update(register, chunk);
    },
    digest() {
      return crcBytes({ high: ~register.high, low: ~register.low }, size);
    },
  };
}

function crcBytes(value: CrcRegister, size: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(size - 4, value.low);
  if (size === 8) view.setUint32(0, value.high);
  return bytes;
}
