import { parseAddressRange } from '../address.ts';
import { parseBinary, parseBoolean, parseDate, parseNumber } from '../values.ts';

/** What values of a simulated request are said to be; the types of IAM's ContextEntry. */
export type ContextValueType = 'string' | 'numeric' | 'boolean' | 'ip' | 'binary' | 'date';

const READERS: Readonly<Record<ContextValueType, (text: string) => unknown>> = {
  string: (text) => text,
  numeric: parseNumber,
  boolean: parseBoolean,
  ip: parseAddressRange,
  binary: parseBinary,
  date: parseDate,
};

/** Whether a text can be read as a value of the type. */
export function isValueOf(type: ContextValueType, text: string): boolean {
  return READERS[type](text) !== undefined;
}
