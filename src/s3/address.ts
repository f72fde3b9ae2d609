import type { HttpRequest } from '../base/http.ts';
import { S3Error } from './errors.ts';

/** What a request is about: nothing, a bucket, or a key in it. All decoded. */
export interface Address {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** The bucket when the host name carried it, which V2 signatures must know. */
  readonly virtualHostBucket: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

/** Every spelling under which AWS serves S3: global, dash-region, dot-region, dual-stack. */
const AWS_HOST = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/;
/** Query parameters of one request, far above what any operation has. */
const PARAMETERS_MAX = 1000;

/**
 * Splits target and host into bucket, key and query. A host that is neither one of `domains`, nor
 * under one, nor AWS's means path style, as an address or any other name does.
 */
export function addressOf(
  request: Pick<HttpRequest, 'target' | 'headers'>,
  domains: readonly string[],
): Address {
  const [path, queryText] = splitTarget(request.target);
  const query = parseQuery(queryText);
  const virtualHostBucket = bucketOfHost(request.headers.get('host') ?? '', domains);
  if (virtualHostBucket !== undefined) {
    const key = decode(path.slice(1));
    return {
      bucket: virtualHostBucket,
      key: key === '' ? undefined : key,
      virtualHostBucket,
      query,
    };
  }
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash < 0 ? path.slice(1) : path.slice(1, slash));
  const key = slash < 0 ? '' : decode(path.slice(slash + 1));
  if (bucket === '' && key !== '') throw new S3Error('InvalidBucketName', { BucketName: '' });
  return {
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
    virtualHostBucket: undefined,
    query,
  };
}

function bucketOfHost(hostAndPort: string, domains: readonly string[]): string | undefined {
  const host = hostAndPort.replace(/:\d*$/, '').toLowerCase();
  for (const domain of domains) {
    if (host.endsWith(`.${domain}`)) return host.slice(0, -domain.length - 1);
  }
  return host.endsWith('.amazonaws.com') ? AWS_HOST.exec(host)?.[1] : undefined;
}

/** Origin form, or the absolute form that a client sends to a proxy. */
function splitTarget(target: string): [path: string, query: string] {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  return [path === '' ? '/' : path, mark < 0 ? '' : origin.slice(mark + 1)];
}

/** The first of repeated parameters counts. A word alone has the empty text as its value. */
function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  if (text === '') return query;
  const pairs = text.split('&', PARAMETERS_MAX + 1);
  if (pairs.length > PARAMETERS_MAX) throw new S3Error('InvalidURI');
  for (const pair of pairs) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode((at < 0 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const value = at < 0 ? '' : decode(pair.slice(at + 1).replaceAll('+', ' '));
    if (!query.has(name)) query.set(name, value);
  }
  return query;
}

/** Decodes once. Raw bytes above ASCII, which some clients send, count as UTF-8. */
function decode(text: string): string {
  if (!/[%\u0080-\u00ff]/.test(text)) return text;
  const ascii = text.replaceAll(/[\u0080-\u00ff]+/g, (raw) =>
    [...Buffer.from(raw, 'latin1')].map((byte) => `%${byte.toString(16)}`).join(''),
  );
  try {
    return decodeURIComponent(ascii);
  } catch {
    throw new S3Error('InvalidURI', { URI: text });
  }
}
