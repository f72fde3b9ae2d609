import type { HttpRequest } from '../base/http.ts';
import type { Bucket, CorsRule } from '../objects/model.ts';
import { S3Error } from './errors.ts';

/** Headers that let a page of another origin read an answer, from the bucket's own rules. */
export function corsHeaders(bucket: Bucket | undefined, request: HttpRequest): readonly string[] {
  const origin = request.headers.get('origin');
  if (origin === undefined || bucket?.cors === undefined) return [];
  const method = request.headers.get('access-control-request-method') ?? request.method;
  const rule = bucket.cors.find((candidate) => matches(candidate, origin, method));
  return rule === undefined ? [] : answerHeaders(rule, origin);
}

/** The answer to OPTIONS, which a browser sends before the request that it asks about. */
export function preflight(bucket: Bucket | undefined, request: HttpRequest): readonly string[] {
  const origin = request.headers.get('origin');
  const method = request.headers.get('access-control-request-method');
  if (origin === undefined) {
    throw new S3Error('BadRequest', {}, 'Insufficient information. Origin request header needed.');
  }
  if (method === undefined) {
    throw new S3Error('BadRequest', {}, 'Invalid Access-Control-Request-Method: null');
  }
  const asked = (request.headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (bucket?.cors === undefined)
    throw notEnabled(method, 'BUCKET', 'CORS is not enabled for this bucket.');
  const rule = bucket.cors.find(
    (candidate) =>
      matches(candidate, origin, method) && asked.every((name) => allowsHeader(candidate, name)),
  );
  if (rule === undefined) {
    throw notEnabled(
      method,
      'OBJECT',
      'This CORS request is not allowed. This is usually because the evalution of Origin, request ' +
        'method / Access-Control-Request-Method or Access-Control-Request-Headers are not ' +
        "whitelisted by the resource's CORS spec.",
    );
  }
  const headers = [...answerHeaders(rule, origin)];
  if (asked.length > 0) headers.push('Access-Control-Allow-Headers', asked.join(', '));
  return headers;
}

function notEnabled(method: string, type: string, detail: string): S3Error {
  return new S3Error(
    'AccessDenied',
    { Method: method, ResourceType: type },
    `CORSResponse: ${detail}`,
  );
}

function matches(rule: CorsRule, origin: string, method: string): boolean {
  return (
    rule.allowedMethods.includes(method) &&
    rule.allowedOrigins.some((pattern) => matchesOneStar(pattern, origin))
  );
}

function allowsHeader(rule: CorsRule, name: string): boolean {
  return rule.allowedHeaders.some((pattern) => matchesOneStar(pattern.toLowerCase(), name));
}

/** CORS patterns have at most one star, so that two comparisons decide. */
export function matchesOneStar(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const tail = pattern.slice(star + 1);
  return (
    text.length >= pattern.length - 1 &&
    text.startsWith(pattern.slice(0, star)) &&
    text.endsWith(tail)
  );
}

/** A rule for every origin names no origin and gives no credentials, as Fetch demands. */
function answerHeaders(rule: CorsRule, origin: string): readonly string[] {
  const isForAll = rule.allowedOrigins.includes('*');
  const headers = ['Access-Control-Allow-Origin', isForAll ? '*' : origin];
  headers.push('Access-Control-Allow-Methods', rule.allowedMethods.join(', '));
  if (rule.exposeHeaders.length > 0) {
    headers.push('Access-Control-Expose-Headers', rule.exposeHeaders.join(', '));
  }
  if (rule.maxAgeSeconds !== undefined) {
    headers.push('Access-Control-Max-Age', String(rule.maxAgeSeconds));
  }
  if (!isForAll) headers.push('Access-Control-Allow-Credentials', 'true');
  headers.push('Vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
  return headers;
}
