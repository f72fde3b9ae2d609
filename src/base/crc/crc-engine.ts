import { assert } from '../assert.ts';
import { MODULE_ROOM_SIZE, moduleMemoryOf, pageMemory, type ModuleMemory } from '../page-memory.ts';
import { CRC_MODELS, type CrcAlgorithm, type CrcModel } from './crc-model.ts';
import { op, sequence, wasmModule, type WasmFunction } from './wasm-code.ts';

/**
 * CRCs at 10 GB/s and more, in WebAssembly assembled here. Long inputs are folded: with a sparse
 * multiple x^d + ... + 1 of the generator, a 16-byte vector can be dropped from the front when it is
 * added to the few vectors that the other terms name, which leaves the remainder as it was. What a
 * multiple leaves, its last d vectors, the next one folds; the rest, and short inputs, go through
 * tables, 16 bytes a step.
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

/** Input goes in pieces that stay in a core's second-level cache together with what is computed. */
const PIECE_SIZE = 65_536;

/** Where the register is while tables are used; what comes before it are the tables. */
const REGISTER_AT = TABLE_COUNT * TABLE_SIZE;

/**
 * The one algorithm whose engine works in the room of memories from `page-memory.ts`: there is room
 * for one, and CRC-32 is what every byte of a blob is checked with. Other bytes are copied first.
 */
const IN_PLACE: CrcAlgorithm = 'CRC32';

const engines = new Map<CrcAlgorithm, CrcEngine>();

/** The engine of an algorithm; it is built at its first use, which takes milliseconds. */
export function crcEngine(algorithm: CrcAlgorithm): CrcEngine {
  let engine = engines.get(algorithm);
  if (engine === undefined) {
    engine = buildEngine(CRC_MODELS[algorithm], algorithm === IN_PLACE);
    engines.set(algorithm, engine);
  }
  return engine;
}

/** Advances a register over at most a piece of a memory. */
type Advance = (register: CrcRegister, start: number, length: number) => void;

function buildEngine(model: CrcModel, isInPlace: boolean): CrcEngine {
  const tables = tablesOf(model.polynomial);
  const functions = [
    ...model.sparseMultiples.map(foldFunction),
    tableFunction(),
    ...MEMORY_FUNCTIONS,
  ];
  const modules = new Map<boolean, object>();
  const moduleFor = (isShared: boolean): object => {
    const module = modules.get(isShared) ?? new WebAssembly.Module(wasmModule(functions, isShared));
    modules.set(isShared, module);
    return module;
  };
  const advanceIn = (memory: ModuleMemory): Advance => {
    const module = moduleFor(memory.buffer instanceof SharedArrayBuffer);
    const { exports } = new WebAssembly.Instance(module, { memory: { memory } });
    new BigUint64Array(memory.buffer, 0, tables.length).set(tables);
    return advanceOf(exports as EngineExports, memory, stagesOf(model));
  };
  const known = new WeakMap<ModuleMemory, Advance>();
  const inPlace = (bytes: Uint8Array): Advance | undefined => {
    const memory = isInPlace ? moduleMemoryOf(bytes) : undefined;
    if (memory === undefined) return undefined;
    const advance = known.get(memory) ?? advanceIn(memory);
    known.set(memory, advance);
    return advance;
  };

  const copy = pageMemory(PIECE_SIZE);
  const memoryOfCopy = moduleMemoryOf(copy);
  assert(memoryOfCopy !== undefined, 'Page memory is known');
  const advanceOverCopy = advanceIn(memoryOfCopy);

  return {
    update(register, bytes) {
      const advance = inPlace(bytes);
      for (let at = 0; at < bytes.byteLength; at += PIECE_SIZE) {
        const length = Math.min(PIECE_SIZE, bytes.byteLength - at);
        if (advance !== undefined) {
          advance(register, bytes.byteOffset + at, length);
          continue;
        }
        copy.set(length === bytes.byteLength ? bytes : bytes.subarray(at, at + length));
        advanceOverCopy(register, copy.byteOffset, length);
      }
    },
  };
}

/** Where a sparse multiple has its working memory. Every address is a multiple of 16. */
interface Stage {
  /** Size of the d vectors that are left. */
  readonly tailSize: number;
  /** As many zeros, which stand for what precedes the input; then what it was folded into. */
  readonly foldedAt: number;
  /** What is left: the tail, and the bytes behind the last whole vector. */
  readonly tailAt: number;
}

function stagesOf({ sparseMultiples }: CrcModel): Stage[] {
  const stages: Stage[] = [];
  let end = REGISTER_AT + VECTOR_SIZE;
  let sizeMax = PIECE_SIZE;
  for (const [degree = 0] of sparseMultiples) {
    const tailSize = degree * VECTOR_SIZE;
    const tailAt = end + tailSize + sizeMax;
    stages.push({ tailSize, foldedAt: end, tailAt });
    end = tailAt + tailSize + VECTOR_SIZE;
    // What is too short for this multiple comes to the next as it is.
    sizeMax = 2 * tailSize + VECTOR_SIZE;
  }
  assert(end <= MODULE_ROOM_SIZE, 'The engine has room in every memory');
  return stages;
}

function advanceOf(
  exports: EngineExports,
  memory: ModuleMemory,
  stages: readonly Stage[],
): Advance {
  const words = new Uint32Array(memory.buffer);
  const folds = stages.map((stage, index) => {
    const fold = exports[`fold${index}`];
    assert(fold !== undefined, 'The module folds at every stage');
    return { ...stage, fold };
  });
  return (register, start, length) => {
    let { high, low } = register;
    let at = start;
    let size = length;
    for (const { fold, tailSize, foldedAt, tailAt } of folds) {
      const bodySize = (size & -VECTOR_SIZE) - tailSize;
      if (bodySize < tailSize) continue;
      // The oldest of the zeros is added to the first vector, and to nothing else.
      words[foldedAt / 4] = low;
      words[foldedAt / 4 + 1] = high;
      low = 0;
      high = 0;
      const bodyEnd = foldedAt + bodySize;
      fold(foldedAt, bodyEnd, at, foldedAt + tailSize);
      // The tail is added to from what was folded, never from itself: hence the zeros in its place.
      exports.clear(bodyEnd + tailSize, tailSize);
      fold(bodyEnd, bodyEnd + tailSize, at + bodySize, tailAt);
      const restAt = at + bodySize + tailSize;
      size -= bodySize;
      exports.move(tailAt + tailSize, restAt, size - tailSize);
      at = tailAt;
    }
    words[REGISTER_AT / 4] = low;
    words[REGISTER_AT / 4 + 1] = high;
    exports.table(at, at + size);
    register.low = words[REGISTER_AT / 4] ?? 0;
    register.high = words[REGISTER_AT / 4 + 1] ?? 0;
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

/** Vectors folded in one turn of the loop, whose own cost is that of a vector. */
const FOLDS_PER_TURN = 4;

/**
 * `fold(window, end, source, target)`: writes to `target` the vector at `source` with those added
 * that the multiple's terms name in the d vectors which begin at `window`; then goes on to the next,
 * until `window` reaches `end`.
 */
function foldFunction(exponents: readonly number[], index: number): WasmFunction {
  const [window, end, source, target] = [0, 1, 2, 3];
  const foldOne = (offset: number): number[] => [
    ...sequence(op.localGet(target), op.localGet(source), op.v128Load(offset)),
    ...exponents
      .slice(1)
      .flatMap((exponent) =>
        sequence(op.localGet(window), op.v128Load(exponent * VECTOR_SIZE + offset), op.v128Xor),
      ),
    ...op.v128Store(offset),
  ];
  const foldWhileRoomFor = (count: number): number[] => {
    const size = count * VECTOR_SIZE;
    const vectors = Array.from({ length: count }, (_, vector) => foldOne(vector * VECTOR_SIZE));
    const others = [source, target].flatMap((local) =>
      sequence(op.localGet(local), op.i32Const(size), op.i32Add, op.localSet(local)),
    );
    return whileRoomFor(size, window, end, [...vectors.flat(), ...others]);
  };
  const code = [...foldWhileRoomFor(FOLDS_PER_TURN), ...foldWhileRoomFor(1)];
  return { name: `fold${index}`, parameterCount: 4, i64LocalCount: 0, code };
}

/** Code that runs while there are `size` bytes from `at` to `end`, by which it then moves `at`. */
function whileRoomFor(size: number, at: number, end: number, code: readonly number[]): number[] {
  return [
    ...op.loop,
    ...sequence(op.localGet(at), op.i32Const(size), op.i32Add),
    ...sequence(op.localGet(end), op.i32LessOrEqualUnsigned, op.if),
    ...code,
    ...sequence(op.localGet(at), op.i32Const(size), op.i32Add, op.localSet(at)),
    ...sequence(op.br(1), op.end, op.end),
  ];
}

/** `table(start, end)`: advances the register in memory over the bytes from `start` to `end`. */
function tableFunction(): WasmFunction {
  const [at, end, register, other] = [0, 1, 2, 3];
  const lookUp = (local: number, byte: number, table: number): number[] => [
    ...sequence(op.localGet(local), op.i64Const(8 * byte), op.i64ShiftRightUnsigned),
    ...sequence(op.i32WrapI64, op.i32Const(0xff), op.i32And),
    ...sequence(op.i32Const(3), op.i32ShiftLeft, op.i64Load(table * TABLE_SIZE)),
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
    ...whileRoomFor(16, at, end, sixteenBytes),
    ...whileRoomFor(1, at, end, oneByte),
    ...sequence(op.i32Const(REGISTER_AT), op.localGet(register), op.i64Store(0)),
  ];
  return { name: 'table', parameterCount: 2, i64LocalCount: 2, code };
}

type Fold = (window: number, end: number, source: number, target: number) => void;

/** `clear(start, size)` and `move(to, from, size)`, which scripts do slowly in shared memory. */
const MEMORY_FUNCTIONS: readonly WasmFunction[] = [
  {
    name: 'clear',
    parameterCount: 2,
    i64LocalCount: 0,
    code: sequence(op.localGet(0), op.i32Const(0), op.localGet(1), op.memoryFill),
  },
  {
    name: 'move',
    parameterCount: 3,
    i64LocalCount: 0,
    code: sequence(op.localGet(0), op.localGet(1), op.localGet(2), op.memoryCopy),
  },
];

interface EngineExports {
  readonly [name: `fold${number}`]: Fold;
  table(start: number, end: number): void;
  clear(start: number, size: number): void;
  move(to: number, from: number, size: number): void;
}

/** Node has WebAssembly; the configured type libraries do not describe it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};
