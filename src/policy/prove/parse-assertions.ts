import { compileActionPattern } from '../pattern.ts';
import { nearest } from '../lint/nearest.ts';
import { parseTemplate } from '../template.ts';
import { type ActionSubject, KNOWN_ACTIONS } from './actions.ts';
import type {
  Assertion,
  AssertionFault,
  ParsedAssertions,
  PrincipalPattern,
  Selection,
} from './assertion.ts';
import { parseWhere } from './parse-where.ts';
import { AssertionSyntaxError, TokenReader } from './token-reader.ts';
import { type Token, type TokenLine, tokenLines } from './tokens.ts';

/** Far above what anybody reads through; each assertion has a budget of its own. */
const ASSERTIONS_MAX = 1000;
const TEXT_LENGTH_MAX = 1_000_000;
/** A file wrong in more places is reported for the first of them. */
const FAULTS_MAX = 100;

/**
 * Reads a file of assertions, strictly: what is misspelt would otherwise be proved of nothing.
 *
 *     principals [EXCEPT principals] CAN|CANNOT actions [EXCEPT actions]
 *       resources [EXCEPT resources] [WHERE key operator values [AND …]]
 */
export function parseAssertions(text: string): ParsedAssertions {
  if (text.length > TEXT_LENGTH_MAX) {
    const message = `A file of assertions has at most ${TEXT_LENGTH_MAX} characters`;
    return { ok: false, faults: [{ message, line: 1, column: 1 }] };
  }
  const faults: AssertionFault[] = [];
  const list: Assertion[] = [];
  let assumesNoObjectAcls = false;
  for (const tokens of tokenLines(text, faults)) {
    try {
      const reader = new TokenReader(tokens);
      if (reader.takeKeyword('ASSUME')) {
        parseAssumption(reader);
        assumesNoObjectAcls = true;
      } else list.push(parseAssertion(reader, tokens));
      if (list.length > ASSERTIONS_MAX) {
        reader.fail(`A file has at most ${ASSERTIONS_MAX} assertions`, tokens[0]);
      }
    } catch (error) {
      if (!(error instanceof AssertionSyntaxError)) throw error;
      const { message, line, column } = error;
      faults.push({ message, line, column });
      if (faults.length === FAULTS_MAX || list.length > ASSERTIONS_MAX) break;
    }
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, assertions: { list, assumesNoObjectAcls } };
}

const ASSUMPTION = ['no', 'object', 'ACLs'];

function parseAssumption(reader: TokenReader): void {
  for (const word of ASSUMPTION) {
    const token = reader.takeText(`"${ASSUMPTION.join(' ')}"`);
    if (token.text.toLowerCase() !== word.toLowerCase()) {
      reader.fail(`The one thing to assume is "${ASSUMPTION.join(' ')}"`, token);
    }
  }
  if (reader.next !== undefined) reader.fail('Nothing is expected here', reader.next);
}

function parseAssertion(reader: TokenReader, tokens: TokenLine): Assertion {
  const principals = takeSelection(reader, 'a principal, such as user/alice', parsePrincipal);
  const isCan = reader.takeKeyword('CAN');
  if (!isCan && !reader.takeKeyword('CANNOT')) reader.fail('Expected CAN or CANNOT', reader.next);
  const actions = takeSelection(reader, 'an action, such as s3:GetObject', parseAction);
  const isOfIam = actions.of.every((action) => /^(?:iam|sts):/i.test(action));
  const resourcesBegin = reader.next;
  const resources = takeSelection(reader, 'a resource, such as bucket/key', (token) =>
    parseResource(reader, token, isOfIam),
  );
  assertPossible(reader, actions, resources, resourcesBegin);
  const where = reader.takeKeyword('WHERE') ? parseWhere(reader) : [];
  if (reader.next !== undefined)
    reader.fail('WHERE or the end of the line is expected', reader.next);
  return {
    text: tokens.map(tokenText).join(' ').replaceAll(' ,', ','),
    line: tokens[0]?.line ?? 1,
    principals,
    verb: isCan ? 'CAN' : 'CANNOT',
    actions,
    resources,
    where,
  };
}

function tokenText({ kind, text }: Token): string {
  return kind === 'quoted' ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

function takeSelection<T>(
  reader: TokenReader,
  expected: string,
  parse: (token: Token, reader: TokenReader) => T,
): Selection<T> {
  const take = (): T[] => reader.takeList(expected).map((token) => parse(token, reader));
  return { of: take(), except: reader.takeKeyword('EXCEPT') ? take() : [] };
}

const ACCOUNT = /^(?:\d{12}|arn:aws:iam::\d{12}:root)$/;
const PRINCIPAL_ARN =
  /^arn:aws:(?:iam::[\d*?]+:(?:root|(?:user|role|group)\/\S+)|sts::[\d*?]+:assumed-role\/\S+)$/;

function parsePrincipal(token: Token, reader: TokenReader): PrincipalPattern {
  const { text } = token;
  const kind = text.toLowerCase();
  if (kind === 'anyone' || kind === 'anonymous' || kind === 'outsiders') return { kind };
  if (kind === 'root' || kind === 'account') return { kind, account: undefined };
  const slash = text.indexOf('/');
  const [head, name] = slash === -1 ? ['', ''] : [text.slice(0, slash), text.slice(slash + 1)];
  if ((head === 'user' || head === 'role' || head === 'group') && name !== '') {
    return { kind: head, name };
  }
  if ((head === 'root' || head === 'account') && /^\d{12}$/.test(name)) {
    return { kind: head, account: name };
  }
  if (ACCOUNT.test(text)) {
    const account = /\d{12}/.exec(text)?.[0];
    return text.startsWith('arn:') ? { kind: 'root', account } : { kind: 'account', account };
  }
  if (PRINCIPAL_ARN.test(text)) return { kind: 'arn', arn: text };
  return reader.fail(
    `"${text}" is no principal: user/NAME, role/NAME, group/NAME, account, account/ID, root, ` +
      'anyone, anonymous, outsiders or an ARN is expected',
    token,
  );
}

function parseAction(token: Token, reader: TokenReader): string {
  const { text } = token;
  if (text !== '*' && !/^[^:\s]+:[^:\s]+$/.test(text)) {
    return reader.fail(`"${text}" is no action: * or service:Name is expected`, token);
  }
  if (!KNOWN_ACTIONS.some(({ name }) => compileActionPattern(text)(name.toLowerCase()))) {
    const similar = nearest(text, new Set(KNOWN_ACTIONS.map(({ name }) => name)));
    const hint = similar === undefined ? '' : `. Is ${similar} meant?`;
    return reader.fail(`No action of this server is called "${text}"${hint}`, token);
  }
  return text;
}

/** Without `arn:`, a resource is of IAM where all actions are, and of S3 otherwise. */
function parseResource(reader: TokenReader, token: Token, isOfIam: boolean): string {
  const { text } = token;
  if (text === '*') return text;
  if (parseTemplate(text, { variables: true, wildcards: true }) === undefined) {
    return reader.fail(`"${text}" has a malformed variable`, token);
  }
  if (text.startsWith('arn:')) {
    if (/^arn:aws:[a-z0-9-]+:[^:]*:[^:]*:./.test(text)) return text;
    return reader.fail(`"${text}" is no ARN`, token);
  }
  if (!isOfIam) return `arn:aws:s3:::${text}`;
  if (/^(?:user|group|role|policy|instance-profile|mfa|oidc-provider|\*)/.test(text)) {
    return `arn:aws:iam::*:${text}`;
  }
  return reader.fail(`"${text}" is no resource of IAM, such as role/NAME`, token);
}

const OBJECT_PATTERN = /^arn:aws:s3:::[^*?$/]+\//;
const BUCKET_PATTERN = /^arn:aws:s3:::[^*?$/]+$/;

/** Whether any of the actions is taken on such resources; it is easy to forget the `/*`. */
function assertPossible(
  reader: TokenReader,
  actions: Selection<string>,
  resources: Selection<string>,
  token: Token | undefined,
): void {
  const subjects = new Set<ActionSubject>();
  for (const { name, subject } of KNOWN_ACTIONS) {
    const isMeant = (pattern: string): boolean => compileActionPattern(pattern)(name.toLowerCase());
    if (actions.of.some(isMeant) && !actions.except.some(isMeant)) subjects.add(subject);
  }
  const named = actions.of.join(', ');
  if (subjects.size === 0) reader.fail(`EXCEPT leaves nothing of ${named}`, token);
  if (!subjects.has('object') && resources.of.every((text) => OBJECT_PATTERN.test(text))) {
    reader.fail(`${named} is not taken on objects: a bucket's name has no /`, token);
  }
  const isOfBuckets = subjects.has('bucket') || subjects.has('new bucket');
  if (!isOfBuckets && resources.of.every((text) => BUCKET_PATTERN.test(text))) {
    reader.fail(`${named} is not taken on buckets: objects are bucket/*`, token);
  }
}
