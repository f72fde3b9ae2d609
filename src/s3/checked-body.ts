import { fromBase64, compareBytes } from '../base/bytes.ts';
import type { Headers, RequestBody } from '../base/http.ts';
import { CHECKSUM_ALGORITHMS, type Algorithm } from '../objects/digest/algorithms.ts';
import { createDigest } from '../objects/digest/digest.ts';
import { S3Error } from './errors.ts';

const MD5_SIZE = 16;

/**
 * A body that is collected and held to its Content-MD5 or checksum header on the way. For bodies
 * that an operation decodes; objects are checked where they are stored.
 */
export function checkedBody(
  body: RequestBody,
  headers: Headers,
  trailers: () => ReadonlyMap<string, string>,
  isRequired: boolean,
): RequestBody {
  const stated = statedDigests(headers);
  const trailing = (headers.get('x-amz-trailer') ?? '').trim().toLowerCase();
  const late = CHECKSUM_ALGORITHMS.find((name) => trailing === headerOf(name));
  if (stated.length === 0 && late === undefined) {
    if (!isRequired) return body;
    throw new S3Error(
      'InvalidRequest',
      {},
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  return {
    length: body.length,
    [Symbol.asyncIterator]: () => checked(body, stated, late, trailers),
  };
}

type Stated = readonly { readonly algorithm: Algorithm; readonly value: Uint8Array }[];

async function* checked(
  body: RequestBody,
  stated: Stated,
  late: (typeof CHECKSUM_ALGORITHMS)[number] | undefined,
  trailers: () => ReadonlyMap<string, string>,
): AsyncGenerator<Uint8Array, undefined> {
  const names = [
    ...stated.map(({ algorithm }) => algorithm),
    ...(late === undefined ? [] : [late]),
  ];
  const digests = names.map((algorithm) => ({ algorithm, digest: createDigest(algorithm) }));
  for await (const chunk of body) {
    for (const { digest } of digests) digest.update(chunk);
    yield chunk;
  }
  for (const { algorithm, digest } of digests) {
    const value =
      stated.find((one) => one.algorithm === algorithm)?.value ??
      fromBase64(trailers().get(headerOf(algorithm)) ?? '');
    if (value === undefined || compareBytes(value, digest.digest()) !== 0) {
      throw new S3Error('BadDigest');
    }
  }
}

function statedDigests(headers: Headers): Stated {
  const stated: { algorithm: Algorithm; value: Uint8Array }[] = [];
  const md5 = headers.get('content-md5');
  if (md5 !== undefined) {
    const value = fromBase64(md5.trim());
    if (value?.byteLength !== MD5_SIZE) throw new S3Error('InvalidDigest', { 'Content-MD5': md5 });
    stated.push({ algorithm: 'MD5', value });
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const text = headers.get(headerOf(algorithm));
    if (text === undefined) continue;
    const value = fromBase64(text.trim());
    if (value === undefined) {
      throw new S3Error(
        'InvalidRequest',
        {},
        `Value for ${headerOf(algorithm)} header is invalid.`,
      );
    }
    stated.push({ algorithm, value });
  }
  return stated;
}

function headerOf(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}
