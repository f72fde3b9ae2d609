import assert from 'node:assert/strict';
import { it } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import type { Entry } from '../key-value-store.ts';
import { CACHED_SIZE_MAX, EntryCache } from './entry-cache.ts';
import { hashOf } from './stamps.ts';

const STAMP = 6;

function entryOf(text: string, size = 100): Entry {
  return { key: utf8(text), value: new Uint8Array(size), version: 1 };
}

function offer(cache: EntryCache, text: string, entry: Entry | undefined = entryOf(text)): void {
  cache.offer(text, hashOf(utf8(text)), STAMP, entry);
}

/** Asked for twice, as what is kept must be. */
function keep(cache: EntryCache, text: string, entry?: Entry): void {
  offer(cache, text, entry);
  offer(cache, text, entry);
}

it('EntryCache: keeps what is asked for again, absent entries too', () => {
  const cache = new EntryCache();
  offer(cache, 'a');
  assert.equal(cache.find('a', STAMP), undefined);
  offer(cache, 'a');
  assert.deepEqual(cache.find('a', STAMP)?.entry, entryOf('a'));
  cache.offer('gone', 1, STAMP, undefined);
  cache.offer('gone', 1, STAMP, undefined);
  assert.deepEqual(cache.find('gone', STAMP)?.entry, undefined);
  assert.notEqual(cache.find('gone', STAMP), undefined);
});

it('EntryCache: finds nothing under another stamp, until it is read again', () => {
  const cache = new EntryCache();
  keep(cache, 'a');
  assert.equal(cache.find('a', STAMP + 2), undefined);
  cache.offer('a', hashOf(utf8('a')), STAMP + 2, entryOf('a', 7));
  assert.equal(cache.find('a', STAMP), undefined);
  assert.equal(cache.find('a', STAMP + 2)?.entry?.value.byteLength, 7);
});

it('EntryCache: holds no more bytes than it may, and lets go of what is not used', () => {
  const cache = new EntryCache(200_000);
  for (let index = 0; index < 1000; index += 1) {
    keep(cache, `key ${index}`);
    if (index > 0) assert.notEqual(cache.find('key 0', STAMP), undefined, `at ${index}`);
    assert.ok(cache.size <= 200_000);
  }
  assert.equal(cache.find('key 1', STAMP), undefined);
  assert.notEqual(cache.find('key 999', STAMP), undefined);
});

it('EntryCache: a walk over many entries displaces nothing', () => {
  const cache = new EntryCache(200_000);
  for (let index = 0; index < 100; index += 1) keep(cache, `hot ${index}`);
  const size = cache.size;
  for (let index = 0; index < 100_000; index += 1) offer(cache, `cold ${index}`);
  assert.equal(cache.size, size);
  for (let index = 0; index < 100; index += 1) {
    assert.notEqual(cache.find(`hot ${index}`, STAMP), undefined);
  }
});

it('EntryCache: a large entry is not kept, nor the small one that was there before it', () => {
  const cache = new EntryCache();
  keep(cache, 'a');
  offer(cache, 'a', entryOf('a', CACHED_SIZE_MAX));
  assert.equal(cache.find('a', STAMP), undefined);
  assert.equal(cache.size, 0);
});
