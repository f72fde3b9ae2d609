import { IdentityError, type Tags } from '../../identity/index.ts';
import { isValueOf, type ContextValue, type ContextValueType } from '../../policy/index.ts';
import type { Input } from '../../wire/index.ts';
import type { SimulateCustomPolicy } from '../api/simulation.ts';

export type ContextEntries = NonNullable<Input<typeof SimulateCustomPolicy>['ContextEntries']>;

/** Condition keys in lower case. */
export type SimulatedContext = Readonly<Record<string, ContextValue>>;

/** The entries as a request would bring them. Throws InvalidInput for values not of their type. */
export function readEntries(entries: ContextEntries): SimulatedContext {
  const found = new Map<string, ContextValue>();
  for (const { ContextKeyName, ContextKeyValues = [], ContextKeyType = 'string' } of entries) {
    if (ContextKeyName === undefined) {
      throw new IdentityError('InvalidInput', 'A context entry has no ContextKeyName.');
    }
    const key = ContextKeyName.toLowerCase();
    if (found.has(key)) {
      throw new IdentityError('InvalidInput', `Context key ${ContextKeyName} is given twice.`);
    }
    found.set(key, readValues(ContextKeyName, ContextKeyType, ContextKeyValues));
  }
  return Object.fromEntries(found);
}

const LIST = 'List';

function readValues(key: string, given: string, values: readonly string[]): ContextValue {
  const isList = given.endsWith(LIST);
  const type = (isList ? given.slice(0, -LIST.length) : given) as ContextValueType;
  const wrong = values.find((value) => !isValueOf(type, value));
  if (wrong !== undefined) {
    throw new IdentityError('InvalidInput', `Context key ${key}: ${wrong} is not of type ${type}.`);
  }
  if (isList) return values;
  const [only] = values;
  if (only === undefined || values.length > 1) {
    throw new IdentityError('InvalidInput', `Context key ${key} of type ${type} has one value.`);
  }
  return only;
}

/** What every request has at this time, whoever asks. */
export function timeContext(nowMs: number): SimulatedContext {
  return {
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:epochtime': String(Math.floor(nowMs / 1000)),
  };
}

export function tagContext(tags: Tags): SimulatedContext {
  return Object.fromEntries(
    tags.map(({ key, value }) => [`aws:principaltag/${key.toLowerCase()}`, value]),
  );
}
