import { assert } from '../assert.ts';
import { CRC_MODELS, type CrcAlgorithm, type CrcModel } from './crc-model.ts';
import { op, sequence, wasmModule, type WasmFunction } from './wasm-code.ts';

/**
 * CRCs at several GB/s, in WebAssembly assembled here. Long inputs are folded: with a sparse
 * multiple x^d + ... + 1 of the generator, a 16-byte vector can be dropped from the front when it is
 * added to the few vectors that the other terms name, which leaves the remainder as it was. The last
 * d vectors, and short inputs, go through tables, 16 bytes a step.
 */
export interface CrcEngine {
  /**
   * Advances the register, given as its high and low 32 bits, over `bytes`. The register is raw: it
   * starts from all ones and is inverted for the final value by the caller.
   */
  update(register: CrcRegister, bytes: Uint8Array): void;
}

export interface CrcRegister {
  high: number;
  low: number;
}

const VECTOR_SIZE = 16;
const TABLE_COUNT = 16;
const ENTRY_SIZE = 8;
const TABLE_SIZE = 256 * ENTRY_SIZE;
const PAGE_SIZE = 65_536;

/** Input is copied in pieces that stay in a core's second-level cache together with the tables. */
const PIECE_SIZE = 131_072;

/** Where things lie in the module's memory. Every address is a multiple of 16. */
const REGISTER_AT = TABLE_COUNT * TABLE_SIZE;
const TAIL_AT = REGISTER_AT + VECTOR_SIZE;

const engines = new Map<CrcAlgorithm, CrcEngine>();

/** The engine of an algorithm; it is built at its first use, which takes milliseconds. */
export function crcEngine(algorithm: CrcAlgorithm): CrcEngine {
  let engine = engines.get(algorithm);
  if (engine === undefined) {
    engine = buildEngine(CRC_MODELS[algorithm]);
    engines.set(algorithm, engine);
  }
  return engine;
}

function buildEngine(model: CrcModel): CrcEngine {
  const degree = model.sparseMultiple[0] ?? 0;
  const tailSize = degree * VECTOR_SIZE;
  const tailSpace = tailSize + VECTOR_SIZE;
  // Zeros before the input stand for what precedes it, so that the first vectors need no care.
  const inputAt = TAIL_AT + tailSpace + tailSize;
  const pages = Math.ceil((inputAt + PIECE_SIZE) / PAGE_SIZE);
  const { memory, fold, table } = instantiate(
    wasmModule([foldFunction(model.sparseMultiple), tableFunction()], pages),
  );
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  new BigUint64Array(memory.buffer).set(tablesOf(model.polynomial));

  const updatePiece = (length: number): void => {
    const foldedSize = (length & -VECTOR_SIZE) - tailSize;
    if (foldedSize < tailSize) return table(inputAt, inputAt + length);
    const registerWord = REGISTER_AT / 4;
    const inputWord = inputAt / 4;
    for (const half of [0, 1]) {
      words[inputWord + half] = (words[inputWord + half] ?? 0) ^ (words[registerWord + half] ?? 0);
      words[registerWord + half] = 0;
    }
    // The tail is added to from what was folded, never from itself: hence the zeros in its place.
    const tailFrom = inputAt + foldedSize;
    fold(inputAt - tailSize, tailFrom - tailSize, inputAt);
    bytes.copyWithin(TAIL_AT, tailFrom, inputAt + length);
    bytes.fill(0, tailFrom, tailFrom + tailSize);
    fold(tailFrom - tailSize, tailFrom, TAIL_AT);
    table(TAIL_AT, TAIL_AT + inputAt + length - tailFrom);
  };

  return {
    update(register, input) {
      words[REGISTER_AT / 4] = register.low;
      words[REGISTER_AT / 4 + 1] = register.high;
      for (let start = 0; start < input.byteLength; start += PIECE_SIZE) {
        const whole = start === 0 && input.byteLength <= PIECE_SIZE;
        const piece = whole ? input : input.subarray(start, start + PIECE_SIZE);
        bytes.set(piece, inputAt);
        updatePiece(piece.byteLength);
      }
      register.low = words[REGISTER_AT / 4] ?? 0;
      register.high = words[REGISTER_AT / 4 + 1] ?? 0;
    },
  };
}

/** Entry b of table k is the register after the byte b and k zero bytes, from a register of 0. */
function tablesOf(polynomial: bigint): BigUint64Array {
  const tables = new BigUint64Array(TABLE_COUNT * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    }
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index += 1) {
    const before = tables[index - 256] ?? 0n;
    tables[index] = (before >> 8n) ^ (tables[Number(before & 0xffn)] ?? 0n);
  }
  return tables;
}

/**
 * `fold(window, end, target)`: adds to the vector at `target` those that the multiple's terms name in
 * the `degree` vectors before it, which begin at `window`; then goes on to the next, until `window`
 * reaches `end`. At least one vector is folded.
 */
function foldFunction(exponents: readonly number[]): WasmFunction {
  const [window, end, target] = [0, 1, 2];
  const next = (local: number): number[] =>
    sequence(op.localGet(local), op.i32Const(VECTOR_SIZE), op.i32Add);
  const code = [
    ...op.loop,
    ...op.localGet(target),
    ...sequence(op.localGet(target), op.v128Load(0)),
    ...exponents
      .slice(1)
      .flatMap((exponent) =>
        sequence(op.localGet(window), op.v128Load(exponent * VECTOR_SIZE), op.v128Xor),
      ),
    ...op.v128Store(0),
    ...sequence(next(target), op.localSet(target)),
    ...sequence(next(window), op.localTee(window)),
    ...sequence(op.localGet(end), op.i32LessUnsigned, op.brIf(0)),
    ...op.end,
  ];
  return { name: 'fold', parameterCount: 3, i64LocalCount: 0, code };
}

/** `table(start, end)`: advances the register in memory over the bytes from `start` to `end`. */
function tableFunction(): WasmFunction {
  const [at, end, register, other] = [0, 1, 2, 3];
  const lookUp = (local: number, byte: number, table: number): number[] => [
    ...sequence(op.localGet(local), op.i64Const(8 * byte), op.i64ShiftRightUnsigned),
    ...sequence(op.i32WrapI64, op.i32Const(0xff), op.i32And),
    ...sequence(op.i32Const(3), op.i32ShiftLeft, op.i64Load(table * TABLE_SIZE)),
  ];
  const whileRoomFor = (size: number, code: readonly number[]): number[] => [
    ...op.loop,
    ...sequence(op.localGet(at), op.i32Const(size), op.i32Add),
    ...sequence(op.localGet(end), op.i32LessOrEqualUnsigned, op.if),
    ...code,
    ...sequence(op.localGet(at), op.i32Const(size), op.i32Add, op.localSet(at)),
    ...sequence(op.br(1), op.end, op.end),
  ];
  const sixteenBytes = [
    ...sequence(op.localGet(at), op.i64Load(0)),
    ...sequence(op.localGet(register), op.i64Xor, op.localSet(register)),
    ...sequence(op.localGet(at), op.i64Load(8), op.localSet(other)),
    ...lookUp(register, 0, 15),
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((n) => [...lookUp(register, n, 15 - n), ...op.i64Xor]),
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) => [...lookUp(other, n, 7 - n), ...op.i64Xor]),
    ...op.localSet(register),
  ];
  const oneByte = [
    ...sequence(op.localGet(at), op.i64Load8Unsigned(0)),
    ...sequence(op.localGet(register), op.i64Xor, op.localSet(other)),
    ...lookUp(other, 0, 0),
    ...sequence(op.localGet(register), op.i64Const(8), op.i64ShiftRightUnsigned),
    ...sequence(op.i64Xor, op.localSet(register)),
  ];
  const code = [
    ...sequence(op.i32Const(REGISTER_AT), op.i64Load(0), op.localSet(register)),
    ...whileRoomFor(16, sixteenBytes),
    ...whileRoomFor(1, oneByte),
    ...sequence(op.i32Const(REGISTER_AT), op.localGet(register), op.i64Store(0)),
  ];
  return { name: 'table', parameterCount: 2, i64LocalCount: 2, code };
}

interface EngineExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  fold(window: number, end: number, target: number): void;
  table(start: number, end: number): void;
}

/** Node has WebAssembly; the configured type libraries do not describe it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

function instantiate(code: Uint8Array): EngineExports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  assert(
    'memory' in exports && 'fold' in exports && 'table' in exports,
    'CRC module lacks exports',
  );
  return exports as EngineExports;
}
