import type { Level, Location, WireType } from '../index.ts';

/**
 * Reads the schemas that the JavaScript SDK's clients export (`PutObject$` and so on): tuples whose
 * first element tells their kind. What they hold is described in `@smithy/types`, schema folder.
 */
export type SdkModule = Readonly<Record<string, unknown>>;

export type SdkShape =
  | { readonly kind: 'scalar'; readonly type: WireType | 'timestamp' | 'document' }
  | { readonly kind: 'stream' }
  | { readonly kind: 'list'; readonly item: string; readonly of: SdkShape }
  | { readonly kind: 'map'; readonly of: SdkShape }
  | SdkStruct;

export interface SdkStruct {
  readonly kind: 'struct';
  readonly name: string;
  readonly xmlName: string | undefined;
  readonly members: ReadonlyMap<string, SdkMember>;
}

export interface SdkMember {
  readonly at: Location;
  readonly wire: string;
  readonly isRequired: boolean;
  readonly isFlat: boolean;
  readonly shape: SdkShape;
}

export interface SdkOperation {
  readonly name: string;
  /** Undefined for the query protocol. */
  readonly http:
    | {
        readonly method: string;
        readonly level: Level;
        readonly literals: readonly string[];
        readonly status: number;
      }
    | undefined;
  readonly input: SdkStruct;
  readonly output: SdkStruct;
}

const OPERATION = 9;
const LIST_OF = 64;
const MAP_OF = 128;
const SCALARS: Readonly<Record<number, SdkShape>> = {
  0: { kind: 'scalar', type: 'string' },
  1: { kind: 'scalar', type: 'number' },
  2: { kind: 'scalar', type: 'boolean' },
  4: { kind: 'scalar', type: 'timestamp' },
  5: { kind: 'scalar', type: 'isoDate' },
  6: { kind: 'scalar', type: 'httpDate' },
  7: { kind: 'scalar', type: 'epoch' },
  15: { kind: 'scalar', type: 'document' },
  17: { kind: 'scalar', type: 'number' },
  19: { kind: 'scalar', type: 'number' },
  21: { kind: 'scalar', type: 'blob' },
  42: { kind: 'stream' },
};

type Traits = Readonly<Record<string, unknown>>;
const TRAIT_BITS = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];

function traitsOf(traits: unknown): Traits {
  if (typeof traits === 'number') {
    const set = TRAIT_BITS.filter((_, bit) => (traits & (1 << bit)) !== 0);
    return Object.fromEntries(set.map((name) => [name, 1]));
  }
  return typeof traits === 'object' && traits !== null ? (traits as Traits) : {};
}

/** Undoes the thunks and pairs a reference may be wrapped in; pairs carry traits. */
function resolve(reference: unknown): { schema: unknown; traits: Traits } {
  let traits: Traits = {};
  let schema = reference;
  for (;;) {
    if (typeof schema === 'function') schema = (schema as () => unknown)();
    else if (Array.isArray(schema) && schema.length === 2) {
      traits = { ...traitsOf(schema[1]), ...traits };
      schema = schema[0];
    } else return { schema, traits };
  }
}

function shapeOf(reference: unknown): SdkShape {
  const { schema } = resolve(reference);
  if (typeof schema === 'number') return scalarOf(schema);
  const tuple = schema as readonly unknown[];
  switch (tuple[0]) {
    case 0:
      return shapeOf(tuple[4]);
    case 1: {
      const { traits } = resolve(tuple[4]);
      const item = traits['xmlName'];
      return { kind: 'list', item: String(item ?? 'member'), of: shapeOf(tuple[4]) };
    }
    case 2:
      return { kind: 'map', of: shapeOf(tuple[5]) };
    default:
      return structOf(tuple);
  }
}

function scalarOf(code: number): SdkShape {
  if (code >= MAP_OF) return { kind: 'map', of: scalarOf(code - MAP_OF) };
  if (code >= LIST_OF) return { kind: 'list', item: 'member', of: scalarOf(code - LIST_OF) };
  const shape = SCALARS[code];
  if (shape === undefined) throw new Error(`The SDK has an unknown scalar ${code}`);
  return shape;
}

const structs = new Map<unknown, SdkStruct>();

function structOf(tuple: readonly unknown[]): SdkStruct {
  const known = structs.get(tuple);
  if (known !== undefined) return known;
  const [, , name, traits, names = [], members = [], requiredCount = 0] = tuple;
  const byName = new Map<string, SdkMember>();
  const xmlName = traitsOf(traits)['xmlName'];
  const struct: SdkStruct = {
    kind: 'struct',
    name: String(name),
    xmlName: xmlName === undefined ? undefined : String(xmlName),
    members: byName,
  };
  structs.set(tuple, struct);
  for (const [index, member] of (names as readonly string[]).entries()) {
    const reference = (members as readonly unknown[])[index];
    byName.set(member, memberOf(member, reference, index < Number(requiredCount)));
  }
  return struct;
}

const BINDINGS: readonly (readonly [trait: string, at: Location])[] = [
  ['httpLabel', 'label'],
  ['httpHeader', 'header'],
  ['httpPrefixHeaders', 'prefix'],
  ['httpQuery', 'query'],
  ['httpPayload', 'payload'],
  ['httpResponseCode', 'status'],
  ['xmlAttribute', 'attribute'],
];

function memberOf(name: string, reference: unknown, isRequired: boolean): SdkMember {
  const { traits } = resolve(reference);
  const [trait, at] = BINDINGS.find(([key]) => traits[key] !== undefined) ?? ['', 'body'];
  const named = traits[trait];
  const wire = typeof named === 'string' && at !== 'attribute' ? named : traits['xmlName'];
  const lower = at === 'header' || at === 'prefix';
  const text = String(wire ?? name);
  return {
    at,
    wire: lower ? text.toLowerCase() : text,
    isRequired,
    isFlat: traits['xmlFlattened'] !== undefined,
    shape: shapeOf(reference),
  };
}

/** The operations of a client's module, by name. */
export function sdkOperations(module: SdkModule): ReadonlyMap<string, SdkOperation> {
  const operations = new Map<string, SdkOperation>();
  for (const value of Object.values(module)) {
    if (!Array.isArray(value) || value[0] !== OPERATION) continue;
    const operation = operationOf(value);
    operations.set(operation.name, operation);
  }
  return operations;
}

function operationOf(tuple: readonly unknown[]): SdkOperation {
  const [, , name, traits, input, output] = tuple;
  const inputStruct = structOf(resolve(input).schema as readonly unknown[]);
  const outputStruct = structOf(resolve(output).schema as readonly unknown[]);
  const http = traitsOf(traits)['http'] as readonly [string, string, number] | undefined;
  return {
    name: String(name),
    http: http === undefined ? undefined : httpOf(http, inputStruct),
    input: inputStruct,
    output: outputStruct,
  };
}

/** The SDK leaves the bucket out of its paths, so the level is read off the labels. */
function httpOf([method, path, status]: readonly [string, string, number], input: SdkStruct) {
  const words = (path.split('?')[1] ?? '').split('&');
  const literals = words.filter((word) => word !== '' && !word.startsWith('x-id='));
  const level: Level = path.includes('{Key+}')
    ? 'key'
    : input.members.get('Bucket')?.at === 'label'
      ? 'bucket'
      : 'service';
  return { method, level, literals, status };
}
