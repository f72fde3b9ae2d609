import { aclsEnabled, concernsExistingObject, type Authenticated } from '../access/index.ts';
import type { HttpRequest } from '../base/http.ts';
import { ObjectsError } from '../objects/error.ts';
import type { Bucket, Tags } from '../objects/model.ts';
import type { RestOperation } from '../wire/index.ts';
import type { Address } from './address.ts';
import { listingParameters, S3Context, type S3Parts, type Target } from './context.ts';
import { S3Error } from './errors.ts';
import { assertHeadersServed } from './not-served-headers.ts';
import { operationKeys } from './operation-keys.ts';

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
  const { parts, request, requestId, bucket } = way;
  return new S3Context({
    parts,
    request,
    requestId,
    bucket,
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
  const { address, request } = context;
  assertHeadersServed(request.headers);
  const { ExpectedBucketOwner: expected, Tagging: tagging } = input as CommonInput;
  const isNew = name === 'CreateBucket';
  const bucket = address.bucket === undefined || isNew ? undefined : context.bucket;
  if (expected !== undefined && bucket !== undefined && expected !== bucket.owner) {
    throw new S3Error('AccessDenied');
  }
  const actions =
    typeof operation.allows === 'function' ? operation.allows(input as never) : operation.allows;
  const isNewObject = MAKES_OBJECT.has(name);
  const own = operationKeys(name, input);
  const uploader = OF_UPLOAD.has(name) ? await uploaderOf(input, context) : undefined;
  for (const action of typeof actions === 'string' ? [actions] : actions) {
    const isExisting = !isNewObject && concernsExistingObject(action);
    const read = isExisting ? context.object() : undefined;
    const found = read instanceof Promise ? await read : read;
    const target: Target = {
      bucket,
      newBucket: isNew ? address.bucket : undefined,
      key: address.key,
      object: found?.kind === 'object' ? found : undefined,
      isNewObject,
      uploader,
      requestTags: requestTagsOf(tagging),
      own,
    };
    if (
      isExisting &&
      found?.kind !== 'object' &&
      (await mayLearnAbsence(action, target, context))
    ) {
      continue;
    }
    const demanded = context.demand(action, target);
    if (demanded instanceof Promise) await demanded;
  }
}

/** Operations whose ACL and tags are those of an object that they make. */
const MAKES_OBJECT: ReadonlySet<string> = new Set([
  'CopyObject',
  'CreateMultipartUpload',
  'PutObject',
]);

/** Operations that whoever began an upload may take on it, wherever it goes. */
const OF_UPLOAD: ReadonlySet<string> = new Set(['AbortMultipartUpload', 'ListParts']);

/** The account that began the upload that the request names, if there is such an upload. */
async function uploaderOf(input: unknown, { objects, bucket, key }: S3Context) {
  const { UploadId: uploadId = '' } = input as { readonly UploadId?: string };
  try {
    const { initiator } = await objects.getUpload(bucket, key, uploadId);
    return initiator.split(':')[4];
  } catch (error) {
    if (error instanceof ObjectsError) return undefined;
    throw error;
  }
}

/**
 * Where ACLs count, nobody can say what that of an object that is not there would have allowed: who
 * may list the bucket is then told that the key is missing, as long as nothing denies outright.
 */
async function mayLearnAbsence(
  action: string,
  target: Target,
  context: S3Context,
): Promise<boolean> {
  const { bucket, key = '' } = target;
  if (bucket === undefined || !aclsEnabled(bucket)) return false;
  const { effect, error } = await context.decide(action, target);
  if (effect !== 'ImplicitDeny' || error !== undefined) return false;
  return context.may('s3:ListBucket', { bucket, parameters: listingParameters(key) });
}

/** Tags come as a header's text or as a document, and count as the request's either way. */
function requestTagsOf(tagging: CommonInput['Tagging']): Tags | undefined {
  if (tagging === undefined || isTags(tagging)) return tagging;
  return tagging.TagSet?.map(({ Key: key = '', Value: value = '' }) => ({ key, value }));
}

function isTags(tagging: object): tagging is Tags {
  return Array.isArray(tagging);
}
