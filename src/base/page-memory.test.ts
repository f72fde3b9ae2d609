import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyShared } from './bytes.ts';
import { isAtPage, PAGE_SIZE, pageMemory, sharedPageMemory } from './page-memory.ts';

const SIZE = 128 * 1024;

test('page memory is of the size asked for, and known by where it begins', () => {
  for (const bytes of [pageMemory(SIZE), sharedPageMemory(SIZE)]) {
    assert.equal(bytes.byteLength, SIZE);
    assert.ok(isAtPage(bytes));
    assert.ok(isAtPage(bytes.subarray(PAGE_SIZE)));
    assert.ok(!isAtPage(bytes.subarray(512)));
    assert.ok(!isAtPage(Uint8Array.from(bytes)));
  }
});

test('page memory is what a disk takes past the page cache', (context) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'pages-'));
  try {
    const { O_CREAT, O_RDWR, O_DIRECT } = fs.constants;
    let file: number;
    try {
      file = fs.openSync(join(folder, 'file'), O_CREAT | O_RDWR | O_DIRECT);
    } catch {
      return context.skip('The file system knows no such writes');
    }
    for (const bytes of [pageMemory(SIZE), sharedPageMemory(SIZE)]) {
      bytes.fill(7);
      const pages = bytes.subarray(PAGE_SIZE, 9 * PAGE_SIZE);
      assert.equal(fs.writeSync(file, pages, 0, pages.byteLength, 0), pages.byteLength);
    }
    fs.closeSync(file);
    assert.deepEqual(fs.readFileSync(join(folder, 'file')), Buffer.alloc(8 * PAGE_SIZE, 7));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('copyShared copies all bytes, and no other', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(100));
  for (const size of [0, 1, 2, 50, 97]) {
    shared.fill(0);
    copyShared(
      Uint8Array.from({ length: size }, (_, index) => index + 1),
      shared,
      3,
    );
    const expected = Array.from({ length: 100 }, (_, at) =>
      at >= 3 && at < size + 3 ? at - 2 : 0,
    );
    assert.deepEqual([...shared], expected);
  }
});
