import type { PutBucketCors } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

/** "You can have up to 100 rules in one CORS configuration." */
const RULES_MAX = 100;
const ID_LENGTH_MAX = 255;
const METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

export const putBucketCors: S3Handler<typeof PutBucketCors> = async (input, context) => {
  const rules = input.CORSConfiguration.CORSRules ?? [];
  if (rules.length === 0 || rules.length > RULES_MAX) throw new S3Error('MalformedXML');
  const cors = rules.map((rule) => {
    const methods = rule.AllowedMethods ?? [];
    const origins = rule.AllowedOrigins ?? [];
    const headers = rule.AllowedHeaders ?? [];
    if (methods.length === 0 || origins.length === 0) throw new S3Error('MalformedXML');
    if ((rule.ID?.length ?? 0) > ID_LENGTH_MAX) throw new S3Error('InvalidRequest');
    for (const method of methods) assertMethod(method);
    for (const origin of origins) assertOneStar('AllowedOrigin', origin);
    for (const header of headers) assertOneStar('AllowedHeader', header);
    for (const header of rule.ExposeHeaders ?? []) assertExposable(header);
    return {
      id: rule.ID,
      allowedMethods: methods,
      allowedOrigins: origins,
      allowedHeaders: headers,
      exposeHeaders: rule.ExposeHeaders ?? [],
      maxAgeSeconds: rule.MaxAgeSeconds,
    };
  });
  await context.objects.updateBucket(context.bucket.name, () => ({ cors }));
  return {};
};

function assertMethod(method: string): void {
  if (METHODS.has(method)) return;
  throw new S3Error(
    'InvalidRequest',
    {},
    `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
  );
}

function assertOneStar(name: string, value: string): void {
  if (value.indexOf('*') === value.lastIndexOf('*')) return;
  throw new S3Error(
    'InvalidRequest',
    {},
    `${name} "${value}" can not have more than one wildcard.`,
  );
}

/** A name goes into a header of answers, where anything but a token could forge another header. */
function assertExposable(name: string): void {
  if (name.includes('*')) {
    throw new S3Error(
      'InvalidRequest',
      {},
      `ExposeHeader "${name}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
    );
  }
  if (!/^[!#$%&'+.^_`|~0-9A-Za-z-]+$/.test(name)) throw new S3Error('InvalidRequest');
}
