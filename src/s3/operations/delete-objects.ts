import { AccessError } from '../../access/index.ts';
import type { Input, Output } from '../../wire/index.ts';
import { actionsOfDelete, type DeleteObjects } from '../api/index.ts';
import { bareEtag } from '../conditions.ts';
import { versionParameters, type S3Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { toS3Error } from '../to-s3-error.ts';

/** "The request can contain a list of up to 1,000 keys." */
const KEYS_MAX = 1000;
/** Deletions under way at once: enough to share the store's syncs, few enough to be fair. */
const CONCURRENCY = 64;

type Item = NonNullable<Input<typeof DeleteObjects>['Delete']['Objects']>[number];
type Deleted = NonNullable<Output<typeof DeleteObjects>['Deleted']>[number];
type Failed = NonNullable<Output<typeof DeleteObjects>['Errors']>[number];

export const deleteObjects: S3Handler<typeof DeleteObjects> = async (input, context) => {
  const items = input.Delete.Objects ?? [];
  if (items.length === 0 || items.length > KEYS_MAX) throw new S3Error('MalformedXML');
  const results = await inParallel(items, (item) => deleteOne(item, context));
  const deleted = results.flatMap((result) => ('deleted' in result ? [result.deleted] : []));
  const errors = results.flatMap((result) => ('failed' in result ? [result.failed] : []));
  return { Deleted: input.Delete.Quiet === true ? [] : deleted, Errors: errors };
};

type Result = { readonly deleted: Deleted } | { readonly failed: Failed };

async function deleteOne(item: Item, context: S3Context): Promise<Result> {
  const { bucket, objects } = context;
  const { Key: key, VersionId: versionId, ETag: ifMatch } = item;
  try {
    const target = { bucket, key, parameters: versionParameters(versionId, ifMatch) };
    const [action = '', ...reads] = actionsOfDelete(versionId, ifMatch);
    await context.demand(action, target);
    for (const read of reads) {
      const found = await objects.find(bucket, key, versionId);
      const object = found?.kind === 'object' ? found : undefined;
      await context.demand(read, { ...target, object });
    }
    const done = await objects.delete(bucket, key, {
      versionId,
      owner: context.account ?? bucket.owner,
      conditions: {
        ifMatch: ifMatch === undefined ? undefined : bareEtag(ifMatch),
        ifMatchLastModifiedMs: item.LastModifiedTime?.getTime(),
        ifMatchSize: item.Size,
      },
    });
    return {
      deleted: {
        Key: key,
        VersionId: versionId,
        DeleteMarker: done.deleteMarker ? true : undefined,
        DeleteMarkerVersionId: done.deleteMarker ? done.versionId : undefined,
      },
    };
  } catch (error) {
    const known =
      error instanceof AccessError
        ? new S3Error('AccessDenied', {}, error.message)
        : toS3Error(error);
    if (known === undefined) {
      context.parts.log.write('error', 'A deletion among several failed', {
        requestId: context.requestId,
        error: String(error),
      });
    }
    const { code, message } = known ?? new S3Error('InternalError');
    return { failed: { Key: key, VersionId: versionId, Code: code, Message: message } };
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(start, start + CONCURRENCY).map(work))));
  }
  return results;
}
