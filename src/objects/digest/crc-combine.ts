import { assert } from '../../base/assert.ts';
import { CRC_MODELS, type CrcAlgorithm } from '../../base/crc/crc-model.ts';

/** A CRC and how many bytes it is of. */
export interface SizedCrc {
  readonly value: Uint8Array;
  readonly size: number;
}

/**
 * The CRC of the concatenation of parts whose CRCs are known, which is how S3 makes a FULL_OBJECT
 * checksum of a multipart upload. Appending n bytes multiplies the CRC of what precedes by x^(8n)
 * modulo the generator; initial and final inversion cancel out.
 */
export function combineCrcs(algorithm: CrcAlgorithm, parts: readonly SizedCrc[]): Uint8Array {
  const field = fieldOf(algorithm);
  const { size } = CRC_MODELS[algorithm];
  const bytes = new Uint8Array(size);
  let whole: Polynomial = { high: 0, low: 0 };
  let shift: Polynomial = field.one;
  let shiftSize = 0;
  for (const part of parts) {
    assert(part.value.byteLength === size, `${algorithm} is ${size} bytes`);
    // All parts but the last usually have one size, so its power is worth keeping.
    if (part.size !== shiftSize) shift = powerOfX(field, part.size);
    shiftSize = part.size;
    const moved = multiply(field, shift, whole);
    const crc = polynomialOf(part.value);
    whole = { high: (moved.high ^ crc.high) >>> 0, low: (moved.low ^ crc.low) >>> 0 };
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(size - 4, whole.low);
  if (size === 8) view.setUint32(0, whole.high);
  return bytes;
}

/** Coefficients as CRCs keep them: bit 0 is the highest power, the top bit is x^0. */
interface Polynomial {
  readonly high: number;
  readonly low: number;
}

interface Field {
  readonly width: 32 | 64;
  readonly generator: Polynomial;
  readonly one: Polynomial;
  /** x^(8 * 2^k) for each k up to the largest size that a number holds exactly. */
  readonly powers: readonly Polynomial[];
}

const SIZE_BITS = 53;
const fields = new Map<CrcAlgorithm, Field>();

function fieldOf(algorithm: CrcAlgorithm): Field {
  const known = fields.get(algorithm);
  if (known !== undefined) return known;
  const { size, polynomial } = CRC_MODELS[algorithm];
  const generator = {
    high: Number(polynomial >> 32n),
    low: Number(polynomial & 0xffffffffn),
  };
  const isWide = size === 8;
  const topBit = (bit: number): Polynomial => {
    const word = (1 << (31 - bit)) >>> 0;
    return isWide ? { high: word, low: 0 } : { high: 0, low: word };
  };
  const powers: Polynomial[] = [topBit(8)];
  const field: Field = { width: isWide ? 64 : 32, generator, one: topBit(0), powers };
  for (let k = 1; k < SIZE_BITS; k += 1) {
    const before = powers[k - 1] ?? field.one;
    powers.push(multiply(field, before, before));
  }
  fields.set(algorithm, field);
  return field;
}

/** x^(8 * size) modulo the generator. */
function powerOfX(field: Field, size: number): Polynomial {
  let product = field.one;
  let rest = size;
  for (const power of field.powers) {
    if (rest === 0) break;
    if (rest % 2 === 1) product = multiply(field, product, power);
    rest = Math.floor(rest / 2);
  }
  return product;
}

function multiply(field: Field, a: Polynomial, b: Polynomial): Polynomial {
  const { width, generator } = field;
  let [high, low] = [0, 0];
  let [bHigh, bLow] = [b.high, b.low];
  for (let bit = width - 1; bit >= 0; bit -= 1) {
    const word = bit >= 32 ? a.high : a.low;
    if (((word >>> (bit & 31)) & 1) === 1) {
      high ^= bHigh;
      low ^= bLow;
    }
    const overflows = (bLow & 1) === 1;
    bLow = (bLow >>> 1) | ((bHigh & 1) << 31);
    bHigh >>>= 1;
    if (overflows) {
      bLow ^= generator.low;
      bHigh ^= generator.high;
    }
  }
  return { high: high >>> 0, low: low >>> 0 };
}

function polynomialOf(value: Uint8Array): Polynomial {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const low = view.getUint32(value.byteLength - 4);
  return { high: value.byteLength === 8 ? view.getUint32(0) : 0, low };
}
