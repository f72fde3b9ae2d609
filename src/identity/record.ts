import { assert } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { encodeKey, keysUnder, type KeyPart } from '../kv/key.ts';
import { SPACE } from '../kv/spaces.ts';

/**
 * A kind of stored record: where it lies and how it is written. The stored form is JSON with its
 * version in `v`. Writers write the newest version; readers take every version, each upgraded step
 * by step by `upgrades` (the first makes 2 of 1).
 */
export interface RecordKind<T, P extends readonly KeyPart[]> {
  readonly name: string;
  key(...parts: P): Uint8Array;
  /** All records whose key begins with these parts. */
  under(...parts: readonly KeyPart[]): { readonly from: Uint8Array; readonly to: Uint8Array };
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

type Fields = Readonly<Record<string, unknown>>;

export interface RecordOptions {
  readonly space?: number;
  readonly upgrades?: readonly ((older: Fields) => Fields)[];
}

/** Declares the records that lie at (space, name, ...parts). */
export function recordKind<T extends object, P extends readonly KeyPart[]>(
  name: string,
  options: RecordOptions = {},
): RecordKind<T, P> {
  const { space = SPACE.identity, upgrades = [] } = options;
  const newest = upgrades.length + 1;
  return {
    name,
    key: (...parts) => encodeKey(space, name, ...parts),
    under: (...parts) => keysUnder(space, name, ...parts),
    encode: (value) => utf8(JSON.stringify({ v: newest, ...value })),
    decode(bytes) {
      const { v, ...fields } = JSON.parse(fromUtf8(bytes)) as { readonly v: number } & Fields;
      assert(v <= newest, `A ${name} record of version ${v} was written by a newer version`);
      // What the writers of every version stored is the only thing that can stand here.
      return upgrades
        .slice(v - 1)
        .reduce((older, upgrade) => upgrade(older), fields as Fields) as T;
    },
  };
}
