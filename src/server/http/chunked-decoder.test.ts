import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { REFUSED_CHUNKS } from './smuggling.suite.ts';

/** The decoded data and what is behind them; undefined when refused. */
function decode(text: string, cuts: readonly number[] = []) {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])];
  let data = '';
  let start = 0;
  for (const end of ends.sort((a, b) => a - b)) {
    const packet = Buffer.from(bytes.subarray(start, end));
    if (!decoder.decode(packet, 0)) return undefined;
    data += packet.toString('latin1', decoder.dataStart, decoder.dataEnd);
    if (decoder.isDone) {
      const rest = packet.toString('latin1', decoder.next);
      return { data, isDone: true, rest: rest + bytes.toString('latin1', end) };
    }
    assert.equal(decoder.next, packet.length);
    start = end;
  }
  return { data, isDone: false, rest: '' };
}

const hex = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean());
const chunk = fc.tuple(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), hex);

test('ChunkedDecoder gives the same data however chunks and packets are cut', () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      fc.constantFrom('', ';a', ';a=b;c="d e"\t'),
      fc.constantFrom('', 'Trailer: x\r\n', 'a:\r\nb: c\t\r\n'),
      fc.array(fc.nat(300), { maxLength: 20 }),
      fc.string({ maxLength: 10 }),
      (chunks, extension, trailer, cuts, behind) => {
        const rest = Buffer.from(behind).toString('latin1');
        const coded = chunks.map(([data, [zeros, upper]]) => {
          const size = data.length.toString(16);
          return `${'0'.repeat(zeros)}${upper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
        });
        const text = `${coded.join('')}0\r\n${trailer}\r\n${rest}`;
        const data = chunks.map(([part]) => part).join('');
        assert.deepEqual(decode(text, cuts), { data, isDone: true, rest });
      },
    ),
  );
});

for (const [name, text] of REFUSED_CHUNKS) {
  test(`ChunkedDecoder refuses ${name}, in one packet and byte by byte`, () => {
    assert.equal(decode(text), undefined);
    assert.equal(
      decode(
        text,
        [...text].map((_, index) => index),
      ),
      undefined,
    );
  });
}
