import type { PartsBody } from './records.ts';

/** One part of a finished object: which in order (from 0), its number, and where its bytes lie. */
export interface PartSpan {
  readonly index: number;
  readonly partNumber: number;
  readonly start: number;
  readonly size: number;
}

/** How the chosen parts, in order, are kept in a record: runs of equal sizes, runs of numbers. */
export function layoutOf(
  parts: readonly { readonly partNumber: number; readonly size: number }[],
): Pick<PartsBody, 'sizes' | 'numbers'> {
  const sizes: [count: number, size: number][] = [];
  const numbers: [count: number, first: number][] = [];
  for (const { partNumber, size } of parts) {
    const sameSize = sizes.at(-1);
    if (sameSize?.[1] === size) sameSize[0] += 1;
    else sizes.push([1, size]);
    const inRow = numbers.at(-1);
    if (inRow !== undefined && inRow[0] + inRow[1] === partNumber) inRow[0] += 1;
    else numbers.push([1, partNumber]);
  }
  const isPlain = numbers.length === 1 && numbers[0]?.[1] === 1;
  return { sizes, numbers: isPlain ? undefined : numbers };
}

/** The part that holds the byte at `position`, or undefined past the end. */
export function partAt({ sizes, numbers }: PartsBody, position: number): PartSpan | undefined {
  let start = 0;
  let index = 0;
  for (const [count, size] of sizes) {
    const runSize = count * size;
    if (position < start + runSize) {
      const skipped = Math.floor((position - start) / size);
      const at = index + skipped;
      return { index: at, partNumber: numberAt(numbers, at), start: start + skipped * size, size };
    }
    start += runSize;
    index += count;
  }
  return undefined;
}

/** The part with this number, if the object has it. */
export function partNumbered(body: PartsBody, partNumber: number): PartSpan | undefined {
  const wanted = indexOf(body.numbers, partNumber);
  if (wanted === undefined) return undefined;
  let start = 0;
  let index = 0;
  for (const [count, size] of body.sizes) {
    if (wanted < index + count) {
      return { index: wanted, partNumber, start: start + (wanted - index) * size, size };
    }
    start += count * size;
    index += count;
  }
  return undefined;
}

function numberAt(numbers: PartsBody['numbers'], index: number): number {
  let before = 0;
  for (const [count, first] of numbers ?? []) {
    if (index < before + count) return first + index - before;
    before += count;
  }
  return index + 1;
}

function indexOf(numbers: PartsBody['numbers'], partNumber: number): number | undefined {
  if (numbers === undefined) return partNumber >= 1 ? partNumber - 1 : undefined;
  let before = 0;
  for (const [count, first] of numbers) {
    if (partNumber >= first && partNumber < first + count) return before + partNumber - first;
    before += count;
  }
  return undefined;
}
