import { Headers } from '../base/http.ts';

/** Parameters of the signature itself, which are no header moved into the query. */
const SIGNATURE_PARAMETERS = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);
/** What V2 signers move beside `x-amz-` headers. */
const OTHER_HOISTED = new Set(['content-type', 'content-md5']);

/**
 * The headers of a presigned request with those that its signer moved into the query. They are under
 * the signature there; without a signature nothing in the query ever counts as a header. V4 signs
 * the whole query, in which some signers write names in capitals; V2 signs the lower-case names
 * alone, so that any other spelling may have been added by whoever holds the URL.
 */
export function withHoistedHeaders(headers: Headers, query: ReadonlyMap<string, string>): Headers {
  const isV4 = query.has('X-Amz-Signature');
  if (!isV4 && !query.has('Signature')) return headers;
  const hoisted: string[] = [];
  for (const [parameter, value] of query) {
    const name = isV4 ? parameter.toLowerCase() : parameter;
    const isHeader = name.startsWith('x-amz-') || OTHER_HOISTED.has(name);
    if (isHeader && !SIGNATURE_PARAMETERS.has(name) && headers.get(name) === undefined) {
      hoisted.push(name, value);
    }
  }
  return hoisted.length === 0 ? headers : new Headers([...headers.raw, ...hoisted]);
}
