import type { AuthenticatedForm } from '../access/index.ts';
import { utf8 } from '../base/bytes.ts';
import { Headers, type HttpRequest, type HttpResponse, type RequestBody } from '../base/http.ts';
import {
  checkPostContentLength,
  checkPostPolicy,
  uriEncode,
  type PostPolicy,
} from '../signature/index.ts';
import {
  bindingOf,
  compileRest,
  decodeXml,
  restOperations,
  textElements,
  XML_DECLARATION,
} from '../wire/index.ts';
import type { Address } from './address.ts';
import { Tagging } from './api/fragments.ts';
import * as declarations from './api/index.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { tagQuery } from './api/scalars.ts';
import { S3Error } from './errors.ts';
import { readUploadForm, type UploadForm } from './form-data.ts';
import { UPLOAD_SIZE_MAX } from './integrity.ts';
import { putObject } from './operations/put-object.ts';
import { OBJECT_TAGS_MAX, tagsOfXml } from './tags.ts';
import { authorizeOperation, contextOf, type Way } from './way.ts';

const { PutObject } = declarations;
const protocol = compileRest({ PutObject });

/** Query words that make a POST to a bucket something other than a form. */
const SUB_RESOURCES = new Set([
  ...NOT_SERVED,
  ...restOperations(declarations).flatMap(([, { literals }]) => literals.map(([word]) => word)),
]);

/** Whether this is "POST Object": a POST to a bucket that names none of its sub-resources. */
export function isFormUpload(request: HttpRequest, address: Address): boolean {
  if (request.method !== 'POST' || address.bucket === undefined) return false;
  if (address.key !== undefined) return false;
  for (const word of address.query.keys()) if (SUB_RESOURCES.has(word)) return false;
  return true;
}

/**
 * An upload from a browser's form ("Browser-Based Uploads Using POST"): a put whose headers are the
 * fields, which the form's owner has signed for by a policy. It is decoded, authorized and stored
 * exactly as PutObject is, so that nothing that forbids a put can be got round by a form.
 */
export async function acceptForm(way: Way, address: Address): Promise<HttpResponse> {
  const { request } = way;
  const contentType = request.headers.get('content-type');
  if (!/^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new S3Error('PreconditionFailed', {
      Condition: 'Bucket POST must be of the enclosure-type multipart/form-data',
    });
  }
  const form = await readUploadForm(request.body, contentType);
  try {
    return await put(way, address, form);
  } finally {
    await form.close();
  }
}

async function put(way: Way, { bucket, ...address }: Address, form: UploadForm) {
  const { parts } = way;
  const fields = withFileName(form);
  const key = fields.get('key');
  if (key === undefined) throw missingKey();
  if (key === '') {
    throw new S3Error(
      'InvalidArgument',
      { ArgumentName: 'key', ArgumentValue: '' },
      'User key must have a length greater than 0.',
    );
  }
  const { caller, policy } = await parts.authenticator.authenticateForm(fields);
  if (bucket === undefined || way.bucket === undefined) {
    throw new S3Error('NoSuchBucket', { BucketName: bucket ?? '' });
  }
  if (policy !== undefined) {
    checkPostPolicy(policy, fields, { bucket, nowMs: parts.clock.nowMs() });
  }
  const body = boundedBody(form.file, policy);
  const request: HttpRequest = {
    ...way.request,
    headers: new Headers([...keptHeaders(way.request), ...fieldHeaders(fields)]),
    body,
  };
  // The query is none of the form's: no parameter of it may mean anything here.
  const target = { ...address, bucket, key, query: new Map<string, string>() };
  const context = contextOf({ ...way, request }, target, { caller, trailers: () => new Map() });
  const input = await protocol.decode(PutObject, { ...target, headers: request.headers, body });
  await authorizeOperation('PutObject', PutObject, input, context);
  const output = await putObject(input, context);
  const { headers } = protocol.encode(PutObject, output);
  const isPathStyle = address.virtualHostBucket === undefined;
  return successAnswer(fields, {
    bucket,
    key,
    etag: output.ETag ?? '',
    headers,
    way,
    isPathStyle,
  });
}

/** Fields in which `${filename}` stands for the last segment of the file's name or path. */
function withFileName({ fields, fileName }: UploadForm): ReadonlyMap<string, string> {
  const name = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  // A function, because `$&` and the like in a replacing text would be taken for patterns.
  return new Map(
    [...fields].map(([field, value]) => [field, value.replaceAll('${filename}', () => name)]),
  );
}

/** Headers of the request itself that condition keys may ask for, which no field can forge. */
const KEPT_HEADERS = ['host', 'referer', 'user-agent'];

function keptHeaders({ headers }: HttpRequest): string[] {
  return KEPT_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [name, value];
  });
}

/** Fields that say something else than a header of the same name would. */
const RENAMED_FIELDS = new Map([
  ['acl', 'x-amz-acl'],
  ['x-amz-checksum-algorithm', 'x-amz-sdk-checksum-algorithm'],
]);

/** Headers of PutObject. Further `x-amz-` fields are kept too: a bucket's policy may look at them. */
const PUT_HEADERS: ReadonlySet<string> = new Set(
  Object.values(PutObject.input.members)
    .map(bindingOf)
    .flatMap(({ at, wire }) => (at === 'header' && wire !== undefined ? [wire] : [])),
);

/** What in a header would say how a body was sent or signed, or name another object. */
const NOT_FIELDS = new Set([
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
]);

/** The fields as the header section that PutObject would have had, as its bytes would have come. */
function fieldHeaders(fields: ReadonlyMap<string, string>): string[] {
  const headers = new Map<string, string>();
  for (const [field, value] of fields) {
    const name = RENAMED_FIELDS.get(field) ?? field;
    if (NOT_FIELDS.has(name) || !(PUT_HEADERS.has(name) || name.startsWith('x-amz-'))) continue;
    headers.set(name, Buffer.from(value, 'utf8').toString('latin1'));
  }
  const tagging = fields.get('tagging');
  if (tagging !== undefined) {
    const { TagSet: tagSet } = decodeXml(Tagging, utf8(tagging));
    headers.set('x-amz-tagging', tagQuery.format(tagsOfXml(tagSet, OBJECT_TAGS_MAX)));
  }
  return [...headers].flat();
}

/** The file, held to the policy's sizes on the way: at the first byte too many it throws. */
function boundedBody(
  file: AsyncIterable<Uint8Array>,
  policy: AuthenticatedForm['policy'],
): RequestBody {
  return { length: undefined, [Symbol.asyncIterator]: () => bounded(file, policy) };
}

async function* bounded(
  file: AsyncIterable<Uint8Array>,
  policy: PostPolicy | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const sizeMax = policy?.contentLengthRange?.max ?? UPLOAD_SIZE_MAX;
  let size = 0;
  for await (const chunk of file) {
    size += chunk.byteLength;
    if (policy !== undefined && size > sizeMax) checkPostContentLength(policy, size);
    if (size > UPLOAD_SIZE_MAX) {
      throw new S3Error('EntityTooLarge', {
        ProposedSize: String(size),
        MaxSizeAllowed: String(UPLOAD_SIZE_MAX),
      });
    }
    yield chunk;
  }
  if (policy !== undefined) checkPostContentLength(policy, size);
}

interface Success {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  /** What PutObject would have answered. */
  readonly headers: string[];
  readonly way: Way;
  readonly isPathStyle: boolean;
}

function successAnswer(fields: ReadonlyMap<string, string>, success: Success): HttpResponse {
  const { bucket, key, etag, headers } = success;
  const redirect = redirectTarget(
    fields.get('success_action_redirect') ?? fields.get('redirect'),
    success,
  );
  if (redirect !== undefined) return { status: 303, headers: [...headers, 'Location', redirect] };
  const location = locationOf(success);
  headers.push('Location', location);
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const members = textElements([
    ['Location', location],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', `"${etag}"`],
  ]);
  headers.push('Content-Type', 'application/xml');
  const body = utf8(`${XML_DECLARATION}<PostResponse>${members}</PostResponse>`);
  return { status: 201, headers, body };
}

/** "If Amazon S3 cannot interpret the URL, it acts as if the field is not present." */
function redirectTarget(text: string | undefined, { bucket, key, etag }: Success) {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const answer = `bucket=${uriEncode(bucket)}&key=${uriEncode(key)}&etag=${uriEncode(`"${etag}"`)}`;
  url.search = url.search === '' ? answer : `${url.search}&${answer}`;
  return url.href;
}

/** The object's address under the host and in the style of the request. */
function locationOf({ bucket, key, way, isPathStyle }: Success): string {
  const { secure, headers } = way.request;
  const origin = `${secure ? 'https' : 'http'}://${headers.get('host') ?? ''}`;
  return `${origin}/${isPathStyle ? `${bucket}/` : ''}${uriEncode(key)}`;
}

function missingKey(): S3Error {
  return new S3Error(
    'InvalidArgument',
    { ArgumentName: 'key', ArgumentValue: '' },
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
  );
}
