import { base64 } from '../base/bytes.ts';
import type { RequestBody } from '../base/http.ts';
import { keyText } from '../kv/resolve.ts';
import type { Entry } from '../kv/key-value-store.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import { etagOf } from './digest/checksum.ts';
import { noSuchUpload, ObjectsError } from './error.ts';
import { recordOf } from './found-version.ts';
import { decodePartKey, partChangesKey, partKey, partsAfter, uploadKey } from './keys.ts';
import { ATTEMPTS_MAX, PART_COUNT_MAX } from './limits.ts';
import type { ObjectVersion, Part, Upload } from './model.ts';
import { partNumbered } from './part-layout.ts';
import { keepOrDiscard } from './put.ts';
import { receive } from './receive.ts';
import { decodePart, encodePart, type PartRecord } from './records.ts';
import type { Integrity } from './store.ts';

export async function putPart(
  core: Core,
  upload: Upload,
  partNumber: number,
  body: RequestBody,
  integrity: Integrity,
): Promise<Part> {
  const checksumAlgorithm = algorithmOf(upload, integrity);
  if (!(Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= PART_COUNT_MAX)) {
    throw new ObjectsError(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${PART_COUNT_MAX}, inclusive`,
      { ArgumentName: 'partNumber', ArgumentValue: String(partNumber) },
    );
  }
  const received = await receive(core, body, { ...integrity, checksumAlgorithm });
  const record: PartRecord = {
    size: received.size,
    etag: etagOf(received.md5),
    modifiedMs: core.clock.nowMs(),
    checksum:
      checksumAlgorithm && received.checksum
        ? { algorithm: checksumAlgorithm, value: base64(received.checksum) }
        : undefined,
    body: received.body,
  };
  await keepOrDiscard(core, received, () => publishPart(core, upload, partNumber, record));
  return partOfRecord(partNumber, record);
}

/**
 * The upload's row is checked, so that no part comes to an upload that ended; the count of changes
 * moves, so that a completion under way notices this one.
 */
async function publishPart(
  core: Core,
  { bucketId, key, uploadId }: Upload,
  partNumber: number,
  record: PartRecord,
): Promise<void> {
  const uploadAt = uploadKey(bucketId, key, uploadId);
  const partAt = partKey(uploadId, partNumber);
  const attempt = async (): Promise<boolean> => {
    const [upload, earlier] = [await core.kv.get(uploadAt), await core.kv.get(partAt)];
    if (upload === undefined) throw noSuchUpload(uploadId);
    const change = new Change(bucketId, core.clock.nowMs());
    change.check(uploadAt, upload.version);
    change.check(partAt, earlier?.version);
    if (earlier !== undefined) change.dropPart(uploadId, partNumber, decodePart(earlier.value));
    change.addPart(uploadId, partNumber, record);
    change.set(partAt, encodePart(record));
    change.writes.push({ kind: 'add', key: partChangesKey(uploadId), delta: 1 });
    return (await change.commit(core.kv)).committed;
  };
  if (await attempt()) return;
  await core.turns.take(keyText(partAt), async () => {
    for (let tries = 1; tries < ATTEMPTS_MAX; tries += 1) if (await attempt()) return;
    throw new ObjectsError('OperationAborted', 'The part kept changing. Please try again.');
  });
}

export async function listParts(
  core: Core,
  group: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly parts: readonly Part[]; readonly truncated: boolean }> {
  if (limit <= 0) return { parts: [], truncated: false };
  const entries = await core.kv.range({ ...partsAfter(group, after), limit: limit + 1 });
  return { parts: entries.slice(0, limit).map(partOfEntry), truncated: entries.length > limit };
}

/** The parts of a finished object, of which there are none for an object that was put whole. */
export async function partsOf(
  core: Core,
  version: ObjectVersion,
  request: { readonly after: number; readonly limit: number },
): Promise<{ readonly parts: readonly Part[]; readonly truncated: boolean }> {
  const { body } = recordOf(version);
  if (body.kind !== 'parts') return { parts: [], truncated: false };
  return listParts(core, body.group, request);
}

export async function partOf(
  core: Core,
  version: ObjectVersion,
  partNumber: number,
): Promise<{ readonly part: Part; readonly start: number } | undefined> {
  const { body } = recordOf(version);
  const span = body.kind === 'parts' ? partNumbered(body, partNumber) : undefined;
  if (body.kind !== 'parts' || span === undefined) return undefined;
  const entry = await core.kv.get(partKey(body.group, partNumber));
  return entry && { part: partOfEntry(entry), start: span.start };
}

function partOfEntry(entry: Entry): Part {
  return partOfRecord(decodePartKey(entry.key).partNumber, decodePart(entry.value));
}

function partOfRecord(partNumber: number, record: PartRecord): Part {
  const { size, etag, modifiedMs, checksum } = record;
  return { partNumber, size, etag, lastModifiedMs: modifiedMs, checksum };
}

function algorithmOf(
  upload: Upload,
  { checksumAlgorithm }: Integrity,
): Integrity['checksumAlgorithm'] {
  const wanted = upload.checksumAlgorithm;
  if (wanted === undefined || checksumAlgorithm === undefined || wanted === checksumAlgorithm) {
    return wanted ?? checksumAlgorithm;
  }
  throw new ObjectsError(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual ` +
      `checksum Type: ${checksumAlgorithm.toLowerCase()}`,
  );
}
