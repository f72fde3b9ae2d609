import type { Authenticated } from '../access/index.ts';
import type { HttpRequest } from '../base/http.ts';
import type { Bucket, Tags } from '../objects/model.ts';
import type { RestOperation } from '../wire/index.ts';
import type { Address } from './address.ts';
import { concernsExistingObject, S3Context, type S3Parts } from './context.ts';
import { S3Error } from './errors.ts';

/** What is known of a request so far; an error is answered with as much of it. */
export interface Way {
  readonly parts: S3Parts;
  readonly request: HttpRequest;
  readonly requestId: string;
  bucket: Bucket | undefined;
}

export function contextOf(
  way: Way,
  address: Address,
  authenticated: Pick<Authenticated, 'caller' | 'trailers'>,
): S3Context {
  return new S3Context({
    ...way,
    address,
    caller: authenticated.caller,
    trailers: authenticated.trailers,
  });
}

/** What every operation's input may hold that permission depends on. */
interface CommonInput {
  readonly ExpectedBucketOwner?: string;
  readonly Tagging?: Tags | { readonly TagSet?: readonly { Key?: string; Value?: string }[] };
}

/** Asks for every action that the operation needs; throws AccessError in AWS's words. */
export async function authorizeOperation(
  name: string,
  operation: RestOperation,
  input: unknown,
  context: S3Context,
): Promise<void> {
  const { address } = context;
  const { ExpectedBucketOwner: expected, Tagging: tagging } = input as CommonInput;
  const isNew = name === 'CreateBucket';
  const bucket = address.bucket === undefined || isNew ? undefined : context.bucket;
  if (expected !== undefined && bucket !== undefined && expected !== bucket.owner) {
    throw new S3Error('AccessDenied');
  }
  const actions =
    typeof operation.allows === 'function' ? operation.allows(input as never) : operation.allows;
  for (const action of typeof actions === 'string' ? [actions] : actions) {
    const found = concernsExistingObject(action) ? await context.object() : undefined;
    await context.demand(action, {
      bucket,
      newBucket: isNew ? address.bucket : undefined,
      key: address.key,
      object: found?.kind === 'object' ? found : undefined,
      requestTags: requestTagsOf(tagging),
    });
  }
}

/** Tags come as a header's text or as a document, and count as the request's either way. */
function requestTagsOf(tagging: CommonInput['Tagging']): Tags | undefined {
  if (tagging === undefined || isTags(tagging)) return tagging;
  return tagging.TagSet?.map(({ Key: key = '', Value: value = '' }) => ({ key, value }));
}

function isTags(tagging: object): tagging is Tags {
  return Array.isArray(tagging);
}
