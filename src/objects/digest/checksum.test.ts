import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64, hex, utf8 } from '../../base/bytes.ts';
import {
  CHECKSUM_TYPES,
  compositeChecksum,
  equalChecksums,
  etagOf,
  formatChecksum,
  multipartEtag,
  parseChecksum,
  parseChecksumAlgorithm,
  parseDigest,
} from './checksum.ts';
import { CHECKSUM_ALGORITHMS, type Algorithm } from './algorithms.ts';
import { digestOf } from './digest.ts';

test('parseDigest: accepts canonical base64 of the exact length alone', () => {
  const cases: readonly [Algorithm, string, string | undefined][] = [
    ['CRC32', 'y/Q5Jg==', 'cbf43926'],
    ['CRC32', 'y/Q5Jg', undefined],
    ['CRC32', 'y/Q5Jh==', undefined],
    ['CRC32', 'y_Q5Jg==', undefined],
    ['CRC32', ' y/Q5Jg==', undefined],
    ['CRC32', 'y/Q5Jg==\n', undefined],
    ['CRC32', 'y/Q5JgA=', undefined],
    ['CRC32', '', undefined],
    ['CRC32', '====y/Q5', undefined],
    ['CRC32', 'A'.repeat(1_000_000), undefined],
    ['CRC64NVME', 'rosUhgp5mIg=', 'ae8b14860a799888'],
    ['CRC64NVME', 'y/Q5Jg==', undefined],
    ['MD5', '1B2M2Y8AsgTpgAmY7PhCfg==', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['MD5', '1B2M2Y8AsgTpgAmY7PhCfgA=', undefined],
    ['SHA1', 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['SHA1', 'cbf43926', undefined],
  ];
  for (const [algorithm, text, expected] of cases) {
    const bytes = parseDigest(algorithm, text);
    assert.equal(bytes && hex(bytes), expected, `${algorithm} ${text.slice(0, 40)}`);
  }
});

test('parseChecksum: reads the part count of a composite value', () => {
  const cases: readonly [string, number | undefined | 'refused'][] = [
    ['y/Q5Jg==', undefined],
    ['y/Q5Jg==-1', 1],
    ['y/Q5Jg==-10000', 10_000],
    ['y/Q5Jg==-10001', 'refused'],
    ['y/Q5Jg==-0', 'refused'],
    ['y/Q5Jg==-01', 'refused'],
    ['y/Q5Jg==-', 'refused'],
    ['y/Q5Jg==--1', 'refused'],
    ['y/Q5Jg==-1-1', 'refused'],
    ['y/Q5Jg==-1\n', 'refused'],
    ['-1', 'refused'],
  ];
  for (const [text, expected] of cases) {
    const value = parseChecksum('CRC32', text);
    assert.equal(value === undefined ? 'refused' : value.partCount, expected, text);
    if (value !== undefined) assert.equal(formatChecksum(value), text);
  }
});

test('equalChecksums: digest and part count both matter', () => {
  const digest = digestOf('CRC32', utf8('a'));
  const whole = { digest, partCount: undefined };
  assert.ok(equalChecksums(whole, { digest: Uint8Array.from(digest), partCount: undefined }));
  assert.ok(!equalChecksums(whole, { digest, partCount: 1 }));
  assert.ok(!equalChecksums(whole, { digest: digestOf('CRC32', utf8('b')), partCount: undefined }));
});

test('compositeChecksum and multipartEtag: digest of raw digests, dash, count', () => {
  const parts = ['first part', 'second part'].map(utf8);
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const digests = parts.map((part) => digestOf(algorithm, part));
    const expected = `${base64(digestOf(algorithm, Buffer.concat(digests)))}-2`;
    assert.equal(formatChecksum(compositeChecksum(algorithm, digests)), expected);
  }
  // Two empty parts: the MD5 of d41d8cd98f00b204e9800998ecf8427e, as bytes, twice.
  const empty = digestOf('MD5', new Uint8Array(0));
  assert.equal(etagOf(empty), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.equal(
    multipartEtag([empty, empty]),
    `${hex(digestOf('MD5', Buffer.concat([empty, empty])))}-2`,
  );
  // A single empty part, as AWS answers for it.
  assert.equal(multipartEtag([empty]), '59adb24ef3cdbe0297f05b395827453f-1');
});

test('parseChecksumAlgorithm: exact names alone', () => {
  for (const name of CHECKSUM_ALGORITHMS) assert.equal(parseChecksumAlgorithm(name), name);
  for (const name of ['', 'crc32', 'MD5', 'CRC64', 'toString', 'SHA-256']) {
    assert.equal(parseChecksumAlgorithm(name), undefined, name);
  }
  assert.deepEqual(Object.keys(CHECKSUM_TYPES), [...CHECKSUM_ALGORITHMS]);
});
