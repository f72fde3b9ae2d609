import { wholeSecond } from '../whole-second.ts';
import type { ListBuckets } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { afterOfToken, tokenOf } from '../listing.ts';
import { ownerOf } from '../owner.ts';

/** "Buckets paginated" of the API reference: without a size the whole list comes at once. */
const BUCKETS_MAX = 10_000;

export const listBuckets: S3Handler<typeof ListBuckets> = async (input, context) => {
  const { account, objects, parts } = context;
  if (account === undefined) throw new S3Error('AccessDenied');
  const prefix = input.Prefix ?? '';
  const page = await objects.listBuckets({
    owner: account,
    prefix,
    after: input.ContinuationToken === undefined ? '' : afterOfToken(input.ContinuationToken),
    region: input.BucketRegion,
    limit: input.MaxBuckets ?? BUCKETS_MAX,
  });
  const isPaged = input.MaxBuckets !== undefined || input.ContinuationToken !== undefined;
  const last = page.buckets.at(-1);
  return {
    Owner: await ownerOf(parts.identity, account),
    Buckets: page.buckets.map((bucket) => ({
      Name: bucket.name,
      CreationDate: wholeSecond(bucket.createdAtMs),
      // Older clients know neither member, so that only those who page are told.
      BucketRegion: isPaged ? bucket.region : undefined,
      BucketArn: isPaged ? `arn:aws:s3:::${bucket.name}` : undefined,
    })),
    ContinuationToken: page.truncated && last !== undefined ? tokenOf(last.name) : undefined,
    Prefix: input.Prefix,
  };
};
