import type { Headers } from '../base/http.ts';
import { decodeQueryText, trimBlanks } from './encoding.ts';
import type { QueryParameter, Target } from './encoding.ts';
import { SUB_RESOURCES } from './sub-resources.ts';

export interface V2Parts {
  readonly method: string;
  readonly headers: Headers;
  readonly target: Target;
  /** What stands in the place of the date: a date, seconds since the epoch, or nothing. */
  readonly dateText: string;
  /** Whether `x-amz-*` and content parameters of the query count as headers. */
  readonly queryHeaders: boolean;
  readonly virtualHostBucket?: string | undefined;
  /** Writes `?acl=` as `?acl`, as some clients sign what they send the other way. */
  readonly dropEmptyValues?: boolean;
  /** Writes `/bucket` as `/bucket/`, which botocore signs whatever it sends. */
  readonly endsInSlash?: boolean;
  /** Signs `x-amz-date` in the date's line only, as AWS's own example of a DELETE does. */
  readonly amzDateAsDate?: boolean;
}

/** The string to sign of SigV2 ("Signing and authenticating REST requests", Amazon S3). */
export function stringToSignV2(parts: V2Parts): string {
  const { method, dateText } = parts;
  const md5 = contentHeader(parts, 'content-md5');
  const type = contentHeader(parts, 'content-type');
  return `${method}\n${md5}\n${type}\n${dateText}\n${amzHeaders(parts)}${canonicalResource(parts)}`;
}

/** Presigned by the Python SDK, these two are parameters; sent with the request, headers. */
function contentHeader({ headers, queryHeaders, target }: V2Parts, name: string): string {
  const value = headers.get(name);
  if (value !== undefined || !queryHeaders) return trimBlanks(value ?? '');
  const parameter = target.query.find((candidate) => candidate.name === name);
  return parameter === undefined ? '' : latin1Of(parameter.value);
}

function amzHeaders({ headers, queryHeaders, target, amzDateAsDate }: V2Parts): string {
  const values: [string, string][] = [];
  for (const [name, value] of headers.byName) {
    if (!name.startsWith('x-amz-') || (amzDateAsDate === true && name === 'x-amz-date')) continue;
    values.push([name, value]);
  }
  if (queryHeaders) {
    for (const { name, value } of target.query) {
      if (name.startsWith('x-amz-')) values.push([name, latin1Of(value)]);
    }
  }
  values.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  let lines = '';
  for (const [index, [name, value]] of values.entries()) {
    const isRepeated = values[index - 1]?.[0] === name;
    lines = isRepeated ? `${lines.slice(0, -1)},` : `${lines}${name}:`;
    lines += `${trimBlanks(value)}\n`;
  }
  return lines;
}

function canonicalResource(parts: V2Parts): string {
  const { target, virtualHostBucket, dropEmptyValues, endsInSlash } = parts;
  const path =
    target.rawPath === '' || endsInSlash === true ? `${target.rawPath}/` : target.rawPath;
  const resource = virtualHostBucket === undefined ? path : `/${virtualHostBucket}${path}`;
  const words = target.query.filter(({ name }) => SUB_RESOURCES.has(name));
  if (words.length === 0) return resource;
  words.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return `${resource}?${words.map((word) => wordText(word, dropEmptyValues)).join('&')}`;
}

function wordText({ name, value, hasEquals }: QueryParameter, dropEmpty = false): string {
  return hasEquals && !(dropEmpty && value === '') ? `${name}=${latin1Of(value)}` : name;
}

/** The bytes of an encoded value as latin1 text, as they would stand in a header. */
function latin1Of(encoded: string): string {
  const text = decodeQueryText(encoded);
  if (text === undefined) return encoded;
  return Buffer.from(text, 'utf8').toString('latin1');
}
