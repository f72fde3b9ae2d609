import { wholeSecond } from '../whole-second.ts';
import type { ObjectVersion } from '../../objects/model.ts';
import type { Input } from '../../wire/index.ts';
import type { GetObjectAttributes } from '../api/index.ts';
import type { S3Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { foundObject, toldVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { checksumAnswer, typedChecksumAnswer } from '../integrity.ts';
import { pageSizeOf } from '../listing.ts';

const ATTRIBUTES = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);

export const getObjectAttributes: S3Handler<typeof GetObjectAttributes> = async (
  input,
  context,
) => {
  const wanted = new Set(input.ObjectAttributes.map((name) => name.trim()));
  if (wanted.size === 0 || [...wanted].some((name) => !ATTRIBUTES.has(name))) {
    throw new S3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-object-attributes', ArgumentValue: [...wanted].join(',') },
      'Invalid attribute name specified.',
    );
  }
  const version = await foundObject(context);
  return {
    LastModified: wholeSecond(version.lastModifiedMs),
    VersionId: toldVersionId(version, context),
    ETag: wanted.has('ETag') ? version.etag : undefined,
    Checksum:
      wanted.has('Checksum') && version.checksum !== undefined
        ? typedChecksumAnswer(version.checksum)
        : undefined,
    ObjectParts: wanted.has('ObjectParts') ? await partsOf(version, input, context) : undefined,
    StorageClass: wanted.has('StorageClass') ? version.storageClass : undefined,
    ObjectSize: wanted.has('ObjectSize') ? version.size : undefined,
  };
};

/** Parts are told one by one only where each has a checksum; otherwise there is just their count. */
async function partsOf(
  version: ObjectVersion,
  input: Input<typeof GetObjectAttributes>,
  { objects }: S3Context,
) {
  if (version.partCount === undefined) return undefined;
  const total = { TotalPartsCount: version.partCount };
  if (version.checksum === undefined) return total;
  const marker = input.PartNumberMarker ?? 0;
  const limit = pageSizeOf(input.MaxParts);
  const { parts, truncated } = await objects.partsOf(version, { after: marker, limit });
  return {
    ...total,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(parts.at(-1)?.partNumber ?? 0),
    MaxParts: limit,
    IsTruncated: truncated,
    Parts: parts.map(({ partNumber, size, checksum }) => ({
      PartNumber: partNumber,
      Size: size,
      ...checksumAnswer(checksum),
    })),
  };
}
