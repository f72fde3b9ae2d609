import { AccessError } from '../access/index.ts';
import { BodyAbortedError, BodyTooLargeError } from '../base/http.ts';
import { IdentityError } from '../identity/index.ts';
import { diskTroubleOf } from '../objects/disk-trouble.ts';
import { ObjectsError } from '../objects/error.ts';
import { SignatureError } from '../signature/index.ts';
import { DecodeError, type Violation } from '../wire/index.ts';
import { KEY_SIZE_MAX } from './api/scalars.ts';
import { isS3ErrorCode, S3Error, type S3ErrorCode } from './errors.ts';

/**
 * The one place where the errors of the rooms below become S3's. What is not named here is a fault
 * of ours and tells the client nothing: undefined.
 */
export function toS3Error(error: unknown): S3Error | undefined {
  if (error instanceof S3Error) return error;
  if (error instanceof SignatureError) return named(error.kind, error.message, error.fields);
  if (error instanceof AccessError || error instanceof ObjectsError) {
    return named(error.kind, error.message, error.fields);
  }
  if (error instanceof DecodeError) return decodeError(error);
  if (error instanceof BodyTooLargeError) return new S3Error('MaxMessageLengthExceeded');
  if (error instanceof BodyAbortedError) return new S3Error('IncompleteBody');
  if (error instanceof IdentityError) return new S3Error('InvalidRequest', {}, error.message);
  return diskError(error);
}

/** A full disk has the code of S3 on Outposts, whose disks can be full; no client tries it again. */
function diskError(error: unknown): S3Error | undefined {
  switch (diskTroubleOf(error)) {
    case 'full':
      return new S3Error('InsufficientCapacity');
    case 'damaged':
      return new S3Error('InternalError', {}, DAMAGED);
    default:
      return undefined;
  }
}

const DAMAGED = 'What the disk gave back is not what was written: the object is damaged.';

function named(
  code: string,
  message: string,
  fields: Readonly<Record<string, string>>,
): S3Error | undefined {
  return isS3ErrorCode(code) ? new S3Error(code, fields, message) : undefined;
}

function decodeError(error: DecodeError): S3Error {
  if (error.kind === 'bodyTooLarge') return new S3Error('MaxMessageLengthExceeded');
  const violation = error.violations[0];
  if (error.kind !== 'constraint' || violation === undefined) return new S3Error('MalformedXML');
  const { error: code } = violation;
  if (code !== undefined && isS3ErrorCode(code)) return withArgument(code, violation);
  if (violation.at === 'body' || violation.at === 'attribute') return new S3Error('MalformedXML');
  if (violation.at === 'payload') return new S3Error('MissingRequestBodyError');
  if (violation.value === undefined) {
    return new S3Error(
      'InvalidArgument',
      {},
      `Missing required header or parameter ${violation.wire}`,
    );
  }
  return withArgument('InvalidArgument', violation);
}

function withArgument(code: S3ErrorCode, { wire, value, constraint, at }: Violation): S3Error {
  if (code === 'KeyTooLongError') {
    const size = Buffer.byteLength(value ?? '');
    return new S3Error(code, { Size: String(size), MaxSizeAllowed: String(KEY_SIZE_MAX) });
  }
  if (code !== 'InvalidArgument') return new S3Error(code);
  const where = at === 'query' ? wire : wire.toLowerCase();
  const message = at === 'query' ? `Provided ${where} is not valid: ${constraint}` : undefined;
  return new S3Error(
    code,
    { ArgumentName: where, ArgumentValue: value ?? '' },
    message ?? 'Invalid Argument',
  );
}
