import type { GetBucketCors } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketCors: S3Handler<typeof GetBucketCors> = (_, { bucket }) => {
  if (bucket.cors === undefined) {
    throw new S3Error('NoSuchCORSConfiguration', { BucketName: bucket.name });
  }
  return {
    CORSRules: bucket.cors.map((rule) => ({
      ID: rule.id,
      AllowedHeaders: rule.allowedHeaders,
      AllowedMethods: rule.allowedMethods,
      AllowedOrigins: rule.allowedOrigins,
      ExposeHeaders: rule.exposeHeaders,
      MaxAgeSeconds: rule.maxAgeSeconds,
    })),
  };
};
