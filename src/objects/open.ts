import type { Awaitable } from '../base/awaitable.ts';
import { sourceOf, type ByteSource } from '../base/http.ts';
import { contentBytes } from './content.ts';
import { ObjectsError } from './error.ts';
import type { Core } from './core.ts';
import { recordOf } from './found-version.ts';
import type { ObjectVersion } from './model.ts';
import { openParts } from './parts-source.ts';
import { verifiedBytes } from './records.ts';

/** Bytes `start` to `end` of exactly this version. */
export function openObject(
  core: Core,
  version: ObjectVersion,
  start: number,
  end: number,
): Awaitable<ByteSource> {
  const { body, size } = recordOf(version);
  if (!(start >= 0 && start <= end && end <= size)) {
    throw new ObjectsError('InvalidArgument', 'The range lies outside of the object');
  }
  switch (body.kind) {
    case 'inline':
      return sourceOf(verifiedBytes(body).subarray(start, end));
    case 'content':
      return sourceOf(contentBytes(body).subarray(start, end));
    case 'blob':
      return core.blobs.read(body.blob, start, end);
    case 'parts':
      return openParts(core, body, start, end);
  }
}
