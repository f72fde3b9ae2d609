import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Violations } from './violations.ts';

test('Violations end the decoding as soon as no further one would be told', () => {
  const violations = new Violations();
  let count = 0;
  assert.throws(
    () => {
      for (; count < 1_000_000; count += 1) violations.addMissing('ETag', 'body');
    },
    { name: 'DecodeError', kind: 'constraint' },
  );
  assert.ok(count < 100, `${count} were gathered`);
});
