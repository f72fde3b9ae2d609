/**
 * Just enough of an assembler to write the CRC engine's WebAssembly module: the binary format of
 * the WebAssembly Core Specification 2.0, chapter 5, with the fixed-width SIMD instructions.
 */

/** Instruction opcodes, named as in the text format. */
export const op = {
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  br: (depth: number) => [0x0c, ...unsigned(depth)],
  localGet: (index: number) => [0x20, ...unsigned(index)],
  localSet: (index: number) => [0x21, ...unsigned(index)],
  i64Load: (offset: number) => [0x29, 3, ...unsigned(offset)],
  i64Load8Unsigned: (offset: number) => [0x31, 0, ...unsigned(offset)],
  i64Store: (offset: number) => [0x37, 3, ...unsigned(offset)],
  i32Const: (value: number) => [0x41, ...signed(value)],
  i64Const: (value: number) => [0x42, ...signed(value)],
  i32LessOrEqualUnsigned: [0x4d],
  i32Add: [0x6a],
  i32And: [0x71],
  i32ShiftLeft: [0x74],
  i64Xor: [0x85],
  i64ShiftRightUnsigned: [0x88],
  i32WrapI64: [0xa7],
  memoryCopy: [0xfc, 0x0a, 0, 0],
  memoryFill: [0xfc, 0x0b, 0],
  v128Load: (offset: number) => [0xfd, 0x00, 4, ...unsigned(offset)],
  v128Store: (offset: number) => [0xfd, 0x0b, 4, ...unsigned(offset)],
  v128Xor: [0xfd, 0x51],
} as const;

/** Instructions one after another. */
export function sequence(...instructions: readonly (readonly number[])[]): number[] {
  return instructions.flat();
}

const I32 = 0x7f;
const I64 = 0x7e;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTIONS = { type: 1, import: 2, function: 3, export: 7, code: 10 };
const FUNCTION_TYPE = 0x60;
const FUNCTION_EXPORT = 0;
const MEMORY_IMPORT = 2;
/** Limits with a minimum alone; and, as shared memory must have it, with a maximum. */
const LIMITS = { plain: 0, shared: 3 };
/** All that 32 bits address. */
const PAGES_MAX = 65_536;

export interface WasmFunction {
  readonly name: string;
  /** Parameters are all i32 and come first among the locals; there is no result. */
  readonly parameterCount: number;
  /** i64 locals, after the parameters. */
  readonly i64LocalCount: number;
  readonly code: readonly number[];
}

/** A module that exports `functions` and imports `memory.memory`, which is shared or not. */
export function wasmModule(functions: readonly WasmFunction[], isShared: boolean): Uint8Array {
  const types = functions.map((f) => [
    FUNCTION_TYPE,
    ...vector(Array.from({ length: f.parameterCount }, () => [I32])),
    0,
  ]);
  const exports = functions.map((f, index) => [...name(f.name), FUNCTION_EXPORT, index]);
  const limits = isShared ? [LIMITS.shared, 1, ...unsigned(PAGES_MAX)] : [LIMITS.plain, 1];
  const memory = [...name('memory'), ...name('memory'), MEMORY_IMPORT, ...limits];
  const bodies = functions.map((f) => {
    const locals = vector(f.i64LocalCount === 0 ? [] : [[...unsigned(f.i64LocalCount), I64]]);
    return sized([...locals, ...f.code, ...op.end]);
  });
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(SECTIONS.type, vector(types)),
    ...section(SECTIONS.import, vector([memory])),
    ...section(SECTIONS.function, vector(functions.map((_, index) => [index]))),
    ...section(SECTIONS.export, vector(exports)),
    ...section(SECTIONS.code, vector(bodies)),
  ]);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

/** LEB128 of a number from 0 to 2^31 - 1. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a 32-bit number. */
function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
