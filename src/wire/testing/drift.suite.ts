import {
  bindingOf,
  type Binding,
  type Declarations,
  type Operation,
  type Shape,
} from '../index.ts';
import { matchesPath } from './path.suite.ts';
import { sdkOperations, type SdkMember, type SdkModule } from './sdk-model.suite.ts';
import type { SdkOperation, SdkShape, SdkStruct } from './sdk-model.suite.ts';

export interface DriftOptions {
  /**
   * Where we differ on purpose: path to reason. A path is that of the report's lines up to the
   * colon, with `*` for any one segment and `**` for any number of them. An entry that excuses nothing is itself reported.
   */
  readonly ignore?: Readonly<Record<string, string>>;
}

export interface DriftReport {
  /** Declared, but not as the SDK has it. A test wants this empty. */
  readonly differences: readonly string[];
  /** Members of declared operations that we do not declare. */
  readonly missingMembers: readonly string[];
  /** Operations that we do not declare. */
  readonly missingOperations: readonly string[];
}

/** Holds declarations against a client's schemas and names everything that differs. */
export function driftReport(
  declarations: Declarations,
  sdk: SdkModule,
  options: DriftOptions = {},
): DriftReport {
  const drift = new Drift(options.ignore ?? {});
  const operations = sdkOperations(sdk);
  const declared = new Set<string>();
  for (const [key, value] of Object.entries(declarations)) {
    if (!isOperation(value)) continue;
    const name = value.protocol === 'query' ? value.action : key;
    declared.add(name);
    const theirs = operations.get(name);
    if (theirs === undefined) drift.differs(name, 'the SDK has no such operation');
    else compareOperation(name, value, theirs, drift);
  }
  return {
    differences: [...drift.differences, ...drift.unusedIgnores()],
    missingMembers: drift.missing,
    missingOperations: [...operations.keys()].filter((name) => !declared.has(name)).sort(),
  };
}

function isOperation(value: unknown): value is Operation {
  const { protocol } = (value ?? {}) as Partial<Operation>;
  return protocol === 'rest' || protocol === 'query';
}

class Drift {
  readonly differences: string[] = [];
  readonly missing: string[] = [];
  readonly #ignored: { readonly path: string; isUsed: boolean }[];

  constructor(ignore: Readonly<Record<string, string>>) {
    this.#ignored = Object.keys(ignore).map((path) => ({ path, isUsed: false }));
  }

  #isIgnored(path: string): boolean {
    const rule = this.#ignored.find((entry) => matchesPath(entry.path, path));
    if (rule !== undefined) rule.isUsed = true;
    return rule !== undefined;
  }

  differs(path: string, what: string): void {
    if (!this.#isIgnored(path)) this.differences.push(`${path}: ${what}`);
  }

  lacks(path: string, where: string): void {
    if (!this.#isIgnored(path)) this.missing.push(`${path}: ${where}`);
  }

  equal(path: string, ours: unknown, theirs: unknown): void {
    if (ours !== theirs) this.differs(path, `ours ${String(ours)}, the SDK's ${String(theirs)}`);
  }

  unusedIgnores(): string[] {
    return this.#ignored
      .filter(({ isUsed }) => !isUsed)
      .map(({ path }) => `${path}: ignored, but nothing differs there`);
  }
}

function compareOperation(name: string, ours: Operation, theirs: SdkOperation, drift: Drift): void {
  if (ours.protocol === 'rest') {
    const literals = ours.literals
      .map(([word, value]) => (value === undefined ? word : `${word}=${value}`))
      .filter((word) => !word.startsWith('x-id='));
    drift.equal(`${name}.method`, ours.method, theirs.http?.method);
    drift.equal(`${name}.level`, ours.level, theirs.http?.level);
    drift.equal(
      `${name}.literals`,
      literals.sort().join('&'),
      [...(theirs.http?.literals ?? [])].sort().join('&'),
    );
    drift.equal(`${name}.status`, ours.status, theirs.http?.status);
    const hasElements = [...theirs.output.members.values()].some(({ at }) => at === 'body');
    if (hasElements && ours.root !== undefined) {
      drift.equal(`${name}.root`, ours.root, theirs.output.xmlName ?? theirs.output.name);
    }
  }
  compareStruct(`${name}.input`, ours.input, theirs.input, 'input', drift);
  compareStruct(`${name}.output`, ours.output, theirs.output, 'output', drift);
}

type Direction = 'input' | 'output';

function compareStruct(
  path: string,
  ours: Shape & { readonly kind: 'struct' },
  theirs: SdkStruct,
  direction: Direction,
  drift: Drift,
): void {
  for (const [member, declared] of Object.entries(ours.members)) {
    const binding = bindingOf(declared);
    const their = theirs.members.get(member);
    if (their === undefined) drift.differs(`${path}.${member}`, 'the SDK has no such member');
    else compareMember(`${path}.${member}`, member, binding, their, direction, drift);
  }
  for (const [member, { at, wire }] of theirs.members) {
    if (!(member in ours.members)) drift.lacks(`${path}.${member}`, `${at} ${wire}`);
  }
}

function compareMember(
  path: string,
  member: string,
  ours: Binding,
  theirs: SdkMember,
  direction: Direction,
  drift: Drift,
): void {
  if (ours.at !== theirs.at) {
    drift.differs(path, `ours in ${ours.at}, the SDK's in ${theirs.at}`);
    return;
  }
  const isNamed = ours.at !== 'label' && ours.at !== 'status';
  const isRaw = ours.at === 'payload' && theirs.shape.kind !== 'struct';
  if (isNamed && !isRaw) drift.equal(`${path}.name`, ours.wire ?? member, theirs.wire);
  const { shape } = ours;
  if (shape.kind !== 'stream') {
    // An answer may promise more than the SDK expects, a request may not demand more.
    const isOurs = direction === 'output' ? ours.isRequired || !theirs.isRequired : ours.isRequired;
    const isTheirs = direction === 'output' ? true : theirs.isRequired;
    drift.equal(`${path}.required`, isOurs, isTheirs);
  }
  if (shape.kind === 'list' || (shape.kind === 'map' && ours.at !== 'prefix')) {
    drift.equal(`${path}.flat`, shape.flat === true, theirs.isFlat);
  }
  compareShape(path, ours, shape, theirs.shape, theirs.isFlat, direction, drift);
}

function compareShape(
  path: string,
  binding: Binding,
  ours: Shape,
  theirs: SdkShape,
  isFlat: boolean,
  direction: Direction,
  drift: Drift,
): void {
  if (ours.kind === 'struct' && theirs.kind === 'struct') {
    compareStruct(path, ours, theirs, direction, drift);
  } else if (ours.kind === 'list' && theirs.kind === 'list') {
    if (!isFlat && binding.at === 'body') drift.equal(`${path}.item`, ours.item, theirs.item);
    compareShape(`${path}.member`, binding, ours.of, theirs.of, false, direction, drift);
  } else if (ours.kind === 'map' && theirs.kind === 'map') {
    compareShape(`${path}.value`, binding, ours.of, theirs.of, false, direction, drift);
  } else {
    drift.equal(`${path}.type`, typeOf(ours), sdkTypeOf(theirs, binding));
  }
}

function typeOf(shape: Shape): string {
  if (shape.kind === 'scalar') return shape.wireType;
  if (shape.kind === 'rawText') return 'string';
  return shape.kind === 'rawBytes' ? 'blob' : shape.kind;
}

/** A timestamp without a format of its own has the one of its place. */
function sdkTypeOf(shape: SdkShape, binding: Binding): string {
  if (shape.kind !== 'scalar') return shape.kind;
  if (shape.type !== 'timestamp') return shape.type;
  return binding.at === 'header' ? 'httpDate' : 'isoDate';
}
