import type { ContextReader, ContextValue } from '../policy/index.ts';
import type { CopySource } from './api/scalars.ts';

/** The members of inputs that condition keys are read from. */
interface KeyedInput {
  readonly CopySource?: CopySource;
  readonly CreateBucketConfiguration?: {
    readonly LocationConstraint?: string;
    readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  };
}

/**
 * `s3:ObjectCreationOperation` tells operations that make an object, and so can be conditional, from
 * those that only bring its bytes under the same action ("Enforcing conditional writes").
 */
const CREATES_OBJECT: ReadonlyMap<string, 'true' | 'false'> = new Map([
  ['CompleteMultipartUpload', 'true'],
  ['CopyObject', 'true'],
  ['PutObject', 'true'],
  ['CreateMultipartUpload', 'false'],
  ['UploadPart', 'false'],
  ['UploadPartCopy', 'false'],
]);

/**
 * The condition keys, asked in lower case, that neither a header nor the query says by itself;
 * undefined for an operation that has none.
 */
export function operationKeys(name: string, input: unknown): ContextReader | undefined {
  const createsObject = CREATES_OBJECT.get(name);
  const { CopySource, CreateBucketConfiguration } = input as KeyedInput;
  if (createsObject === undefined && CreateBucketConfiguration === undefined) return undefined;
  return (key) => {
    switch (key) {
      case 's3:objectcreationoperation':
        return createsObject;
      case 's3:x-amz-copy-source':
        return CopySource && sourceSpellings(CopySource);
      case 's3:locationconstraint':
        return CreateBucketConfiguration?.LocationConstraint;
      case 'aws:tagkeys':
        return CreateBucketConfiguration?.Tags?.flatMap(({ Key = '' }) => Key);
      default:
        return requestTag(key, CreateBucketConfiguration?.Tags);
    }
  };
}

/**
 * Policies see the source as it is understood, in both spellings that they may write it in: the
 * header itself can name one object in many encodings.
 */
function sourceSpellings({ bucket, key }: CopySource): ContextValue {
  return [`${bucket}/${key}`, `/${bucket}/${key}`];
}

const REQUEST_TAG = 'aws:requesttag/';

function requestTag(
  key: string,
  tags: readonly { readonly Key?: string; readonly Value?: string }[] | undefined,
): string | undefined {
  if (tags === undefined || !key.startsWith(REQUEST_TAG)) return undefined;
  const wanted = key.slice(REQUEST_TAG.length);
  return tags.find(({ Key }) => Key?.toLowerCase() === wanted)?.Value;
}
