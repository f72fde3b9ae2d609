import { uriEncode } from '../../signature/index.ts';

/** What a parameter of IAM or STS may be: lists are numbered from 1 as members, fields are joined. */
export type FormValue =
  | string
  | number
  | boolean
  | undefined
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/** A form of the query protocol: `{ Tags: [{ Key: 'a' }] }` is `Tags.member.1.Key=a`. */
export function formOf(fields: Readonly<Record<string, FormValue>>): string {
  return pairsOf('', fields)
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .join('&');
}

function pairsOf(prefix: string, value: FormValue): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[prefix, String(value)]];
  const entries: [string, FormValue][] = Array.isArray(value)
    ? value.map((one: FormValue, index) => [`member.${index + 1}`, one])
    : Object.entries(value);
  return entries.flatMap(([name, one]) => pairsOf(prefix === '' ? name : `${prefix}.${name}`, one));
}
