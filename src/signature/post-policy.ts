import { SignatureError } from './errors.ts';
import { POST_CONDITIONS_MAX, POST_POLICY_SIZE_MAX } from './limits.ts';
import { formatIsoDate, parseIsoDate } from './times.ts';

/** What a form must be like ("POST policy" in the Amazon S3 API reference). */
export interface PostPolicy {
  readonly expiresAtMs: number;
  readonly conditions: readonly PostCondition[];
  /** The sizes in bytes that the file may have, both ends included. */
  readonly contentLengthRange?: { readonly min: number; readonly max: number };
}

export interface PostCondition {
  readonly kind: 'eq' | 'starts-with';
  /** The form field's name in lower case; `bucket` is the bucket that is posted to. */
  readonly field: string;
  readonly value: string;
}

export interface PostContext {
  readonly bucket: string;
  readonly nowMs: number;
  /** The file's size in bytes, when it is known; else `checkPostContentLength` comes later. */
  readonly contentLength?: number;
}

/** Fields that no condition needs to cover: the signature cannot sign itself. */
const FREE_FIELDS = new Set(['awsaccesskeyid', 'file', 'policy', 'signature', 'x-amz-signature']);

/**
 * Holds a form to its policy: every condition is met, and every field is named by one. `fields` are
 * those before the file, names in lower case, and `key` with the file's name already put in.
 *
 * Throws SignatureError: AccessDenied, EntityTooSmall, EntityTooLarge.
 */
export function checkPostPolicy(
  policy: PostPolicy,
  fields: ReadonlyMap<string, string>,
  { bucket, nowMs, contentLength }: PostContext,
): void {
  if (nowMs >= policy.expiresAtMs) throw denied('Policy expired.');
  const uncovered = new Set<string>(['bucket']);
  for (const name of fields.keys()) {
    if (!FREE_FIELDS.has(name) && !name.startsWith('x-ignore-')) uncovered.add(name);
  }
  for (const condition of policy.conditions) {
    const actual = condition.field === 'bucket' ? bucket : fields.get(condition.field);
    if (actual === undefined || !isMet(condition, actual)) {
      throw denied(`Policy Condition failed: ${conditionText(condition)}`);
    }
    uncovered.delete(condition.field);
  }
  if (uncovered.size > 0) throw denied(`Extra input fields: ${[...uncovered].join(', ')}`);
  if (contentLength !== undefined) checkPostContentLength(policy, contentLength);
}

/** Holds the file's size in bytes to the policy. */
export function checkPostContentLength({ contentLengthRange }: PostPolicy, size: number): void {
  if (contentLengthRange === undefined) return;
  const { min, max } = contentLengthRange;
  if (size < min) {
    throw new SignatureError(
      'EntityTooSmall',
      'Your proposed upload is smaller than the minimum allowed size',
      { ProposedSize: String(size), MinSizeAllowed: String(min) },
    );
  }
  if (size > max) {
    throw new SignatureError(
      'EntityTooLarge',
      'Your proposed upload exceeds the maximum allowed size',
      { ProposedSize: String(size), MaxSizeAllowed: String(max) },
    );
  }
}

/** Reads a policy from its base64. Throws SignatureError InvalidPolicyDocument. */
export function parsePostPolicy(encoded: string): PostPolicy {
  if (encoded.length > POST_POLICY_SIZE_MAX) {
    throw new SignatureError(
      'MaxPostPreDataLengthExceeded',
      'Your POST request fields preceding the upload file were too large.',
    );
  }
  // What is not base64 would be skipped when decoding, though it was signed.
  if (!BASE64.test(encoded)) throw invalid('Invalid base64.');
  const document = parseJson(Buffer.from(encoded, 'base64').toString('utf8'));
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  const expiresAtMs = typeof expiration === 'string' ? parseIsoDate(expiration) : undefined;
  if (expiresAtMs === undefined) {
    throw invalid(`Invalid 'expiration' value: '${String(expiration).slice(0, VALUE_ECHO_MAX)}'`);
  }
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid('Invalid conditions: must be a list.');
  if (conditions.length > POST_CONDITIONS_MAX) throw invalid('Too many conditions.');
  const parsed: PostCondition[] = [];
  let range: PostPolicy['contentLengthRange'];
  for (const condition of conditions as readonly unknown[]) {
    const result = Array.isArray(condition) ? parseList(condition) : parseSimple(condition);
    if ('kind' in result) parsed.push(result);
    else range = intersection(range, result);
  }
  return {
    expiresAtMs,
    conditions: parsed,
    ...(range === undefined ? {} : { contentLengthRange: range }),
  };
}

/** The policy's base64, ready to be signed. */
export function encodePostPolicy(expiresAtMs: number, conditions: readonly unknown[]): string {
  const expiration = formatIsoDate(expiresAtMs);
  return Buffer.from(JSON.stringify({ expiration, conditions }), 'utf8').toString('base64');
}

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/** How much of a wrong value an error message repeats. */
const VALUE_ECHO_MAX = 128;

type Range = NonNullable<PostPolicy['contentLengthRange']>;

function parseJson(text: string): { expiration?: unknown; conditions?: unknown } {
  // Beside JSON's own escapes a policy may write `\$` for a dollar sign and `\v`.
  const json = text.replace(/\\(.)/gs, (escape, character: string) => {
    if (character === '$') return '$';
    return character === 'v' ? '\\u000b' : escape;
  });
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('Invalid JSON.');
  }
  return value;
}

/** As `{"acl": "private"}`. */
function parseSimple(condition: unknown): PostCondition {
  if (typeof condition !== 'object' || condition === null) {
    throw invalid('Invalid Condition: must be a list or an object.');
  }
  const entries = Object.entries(condition) as [string, unknown][];
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) {
    throw invalid(
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    );
  }
  const [name, value] = entry;
  if (typeof value !== 'string') {
    throw invalid('Invalid Simple-Condition: value must be a string.');
  }
  return { kind: 'eq', field: name.toLowerCase(), value };
}

/** As `["starts-with", "$key", "user/"]` or `["content-length-range", 1, 10]`. */
function parseList(condition: readonly unknown[]): PostCondition | Range {
  const [operator, second, third] = condition;
  const kind = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (kind === 'content-length-range') {
    const min = parseSize(second);
    const max = parseSize(third);
    if (condition.length !== 3 || min === undefined || max === undefined) {
      throw invalid('Invalid Condition: content-length-range needs a minimum and a maximum.');
    }
    return { min, max };
  }
  if (kind !== 'eq' && kind !== 'starts-with') {
    throw invalid(`Invalid Condition: unknown operation '${kind.slice(0, VALUE_ECHO_MAX)}'.`);
  }
  if (
    condition.length !== 3 ||
    typeof second !== 'string' ||
    typeof third !== 'string' ||
    !/^\$./.test(second)
  ) {
    throw invalid(`Invalid Condition: ${kind} needs a field, beginning with $, and a string.`);
  }
  return { kind, field: second.slice(1).toLowerCase(), value: third };
}

function parseSize(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function intersection(range: Range | undefined, { min, max }: Range): Range {
  if (range === undefined) return { min, max };
  return { min: Math.max(range.min, min), max: Math.min(range.max, max) };
}

function isMet({ kind, field, value }: PostCondition, actual: string): boolean {
  if (kind === 'eq') return actual === value;
  // A Content-Type with commas is a list, of which every item must meet the condition.
  const items = field === 'content-type' ? actual.split(',') : [actual];
  return items.every((item) => (items.length === 1 ? item : item.trim()).startsWith(value));
}

function conditionText({ kind, field, value }: PostCondition): string {
  return `["${kind}", ${JSON.stringify(`$${field}`)}, ${JSON.stringify(value)}]`;
}

function denied(detail: string): SignatureError {
  return new SignatureError('AccessDenied', `Invalid according to Policy: ${detail}`);
}

function invalid(detail: string): SignatureError {
  return new SignatureError('InvalidPolicyDocument', `Invalid Policy: ${detail}`);
}
