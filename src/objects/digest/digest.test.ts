import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { hex, utf8 } from '../../base/bytes.ts';
import { type Algorithm, CHECKSUM_ALGORITHMS } from './algorithms.ts';
import { combineCrcs } from './crc-combine.ts';
import { crcEngine } from '../../base/crc/crc-engine.ts';
import { CRC_MODELS, type CrcAlgorithm } from '../../base/crc/crc-model.ts';
import { createDigest, digestOf, DIGEST_SIZES } from './digest.ts';

const ALGORITHMS: readonly Algorithm[] = [...CHECKSUM_ALGORITHMS, 'MD5'];
const CRCS: readonly CrcAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];

/** Bytes without pattern, the same in every run, so that a failing case can be repeated. */
function mixedBytes(size: number): Uint8Array {
  mixedCount += 1;
  const source = createHash('shake256', { outputLength: size });
  return source.update(`${mixedCount}`).digest();
}
let mixedCount = 0;

const million = 'a'.repeat(1_000_000);
const digits80 = '1234567890'.repeat(8);

/** From the catalogue of CRC algorithms, RFC 3720 B.4, RFC 1321 A.5, FIPS 180 examples. */
const VECTORS: readonly [Algorithm, string | Uint8Array, string][] = [
  ['CRC32', '', '00000000'],
  ['CRC32', '123456789', 'cbf43926'],
  ['CRC32C', '', '00000000'],
  ['CRC32C', '123456789', 'e3069283'],
  ['CRC32C', new Uint8Array(32), '8a9136aa'],
  ['CRC32C', new Uint8Array(32).fill(0xff), '62a8ab43'],
  ['CRC32C', Uint8Array.from({ length: 32 }, (_, index) => index), '46dd794e'],
  ['CRC64NVME', '', '0000000000000000'],
  ['CRC64NVME', '123456789', 'ae8b14860a799888'],
  ['MD5', '', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['MD5', 'message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['MD5', digits80, '57edf4a22be3c955ac49da2e2107b67a'],
  ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['SHA1', million, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['SHA256', million, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
];

test('digestOf: published vectors', () => {
  for (const [algorithm, input, expected] of VECTORS) {
    const bytes = typeof input === 'string' ? utf8(input) : input;
    assert.equal(hex(digestOf(algorithm, bytes)), expected, `${algorithm} of ${bytes.byteLength}`);
    assert.equal(expected.length, 2 * DIGEST_SIZES[algorithm]);
  }
});

/** A CRC by its definition, a bit at a time. */
function slowCrc(algorithm: CrcAlgorithm, bytes: Uint8Array): string {
  const { polynomial, size } = CRC_MODELS[algorithm];
  const ones = (1n << BigInt(8 * size)) - 1n;
  let register = ones;
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      register = (register & 1n) === 1n ? (register >> 1n) ^ polynomial : register >> 1n;
    }
  }
  return (register ^ ones).toString(16).padStart(2 * size, '0');
}

test('digestOf: CRCs equal the definition at the sizes where the engine changes its way', () => {
  const bytes = mixedBytes(140_000);
  for (const algorithm of CRCS) {
    const edges = CRC_MODELS[algorithm].sparseMultiples.flatMap(([degree = 0]) => {
      const tail = 16 * degree;
      return [2 * tail - 1, 2 * tail, 2 * tail + 1, 2 * tail + 31, 3 * tail + 5];
    });
    const sizes = [1, 15, 16, 17, ...edges];
    for (const size of [...sizes, 65_535, 65_536, 65_537, 131_073, 140_000]) {
      if (size > 20_000 && algorithm === 'CRC32') continue;
      const part = bytes.subarray(bytes.byteLength - size);
      assert.equal(hex(digestOf(algorithm, part)), slowCrc(algorithm, part), `${size}`);
    }
  }
});

test('crcEngine: CRC32 equals zlib for any bytes, start value and alignment', () => {
  const pool = mixedBytes(600_000);
  const engine = crcEngine('CRC32');
  const sizes = fc.oneof(fc.nat(100), fc.nat(20_000), fc.nat(500_000));
  fc.assert(
    fc.property(sizes, fc.nat(99_999), fc.nat(0xffffffff), (size, start, before) => {
      const bytes = pool.subarray(start, start + size);
      const register = { high: 0, low: ~before >>> 0 };
      engine.update(register, bytes);
      assert.equal(~register.low >>> 0, crc32(bytes, before));
      assert.equal(register.high, 0);
    }),
  );
});

test('CRC_MODELS: each sparse multiple is a multiple of its polynomial', () => {
  for (const algorithm of CRCS) {
    const { polynomial, size, sparseMultiples } = CRC_MODELS[algorithm];
    for (const sparseMultiple of sparseMultiples) {
      let sum = 0n;
      for (const exponent of sparseMultiple) {
        let power = 1n << BigInt(8 * size - 1);
        for (let step = 0; step < exponent; step += 1) {
          power = (power & 1n) === 1n ? (power >> 1n) ^ polynomial : power >> 1n;
        }
        sum ^= power;
      }
      assert.equal(sum, 0n, algorithm);
      assert.deepEqual(
        [...sparseMultiple].sort((a, b) => b - a),
        sparseMultiple,
      );
    }
  }
});

test('createDigest: every split equals one shot', () => {
  const pool = mixedBytes(300_000);
  const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(5_000), fc.nat(60_000)), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...ALGORITHMS), sizes, (algorithm, sizes) => {
      const digest = createDigest(algorithm);
      let end = 0;
      for (const size of sizes) {
        digest.update(pool.subarray(end, Math.min(end + size, pool.byteLength)));
        end = Math.min(end + size, pool.byteLength);
      }
      assert.equal(hex(digest.digest()), hex(digestOf(algorithm, pool.subarray(0, end))));
    }),
  );
});

test('createDigest: interleaved digests of one algorithm do not disturb each other', () => {
  const [one, two] = [mixedBytes(50_000), mixedBytes(50_000)];
  for (const algorithm of ALGORITHMS) {
    const [a, b] = [createDigest(algorithm), createDigest(algorithm)];
    for (let at = 0; at < 50_000; at += 12_500) {
      a.update(one.subarray(at, at + 12_500));
      b.update(two.subarray(at, at + 12_500));
    }
    assert.equal(hex(a.digest()), hex(digestOf(algorithm, one)));
    assert.equal(hex(b.digest()), hex(digestOf(algorithm, two)));
  }
});

test('digestOf and createDigest: accept shared memory', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(30_000));
  shared.set(mixedBytes(30_000));
  const copy = Uint8Array.from(shared);
  for (const algorithm of ALGORITHMS) {
    assert.equal(hex(digestOf(algorithm, shared)), hex(digestOf(algorithm, copy)));
  }
});

test('combineCrcs: parts give the CRC of the whole', () => {
  const parts = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(3_000).map((size) => new Uint8Array(size)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...CRCS), parts, (algorithm, parts) => {
      const sized = parts.map((part) => ({
        value: digestOf(algorithm, part),
        size: part.byteLength,
      }));
      const whole = digestOf(algorithm, Buffer.concat(parts));
      assert.equal(hex(combineCrcs(algorithm, sized)), hex(whole));
    }),
  );
});

test('combineCrcs: sizes past 32 bits are exact', () => {
  const GiB = 1024 ** 3;
  for (const algorithm of CRCS) {
    const a = { value: digestOf(algorithm, utf8('a')), size: 1 };
    const sizes = [5 * GiB, 3 * GiB + 7, 5 * 1024 * GiB - 11];
    const parts = sizes.map((size, at) => ({ value: digestOf(algorithm, utf8(`${at}`)), size }));
    // Combining is associative: any grouping gives the same value.
    const left = parts.reduce(
      (before, part) => ({
        value: combineCrcs(algorithm, [before, part]),
        size: before.size + part.size,
      }),
      a,
    );
    const right = parts.reduceRight((after, part) => ({
      value: combineCrcs(algorithm, [part, after]),
      size: part.size + after.size,
    }));
    assert.equal(hex(left.value), hex(combineCrcs(algorithm, [a, right])));
    assert.equal(hex(left.value), hex(combineCrcs(algorithm, [a, ...parts])));
  }
});

test('digestOf: equals the incremental hash of node:crypto for every small size', () => {
  for (let size = 0; size < 200; size += 1) {
    const bytes = mixedBytes(size);
    assert.equal(hex(digestOf('MD5', bytes)), createHash('md5').update(bytes).digest('hex'));
  }
});
