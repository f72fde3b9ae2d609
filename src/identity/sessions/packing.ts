import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { EMPTY_BYTES, fromUtf8, utf8 } from '../../base/bytes.ts';
import type { Session } from './session.ts';

/** The part of a session that its caller may make long: policies and tags. */
export type Packable = Pick<Session, 'policy' | 'policyIds' | 'tags' | 'transitiveTagKeys'>;

/**
 * AWS does not say how much it allots. This keeps a token below 8 KiB, which every proxy takes in a
 * header, and holds the longest policy that is not made of noise together with some tags.
 */
export const PACKED_SIZE_MAX = 4096;

const NOTHING: Packable = { policyIds: [], tags: [], transitiveTagKeys: [] };

/** Policies and tags as a token carries them; no bytes when there are none. */
export function pack({ policy, policyIds, tags, transitiveTagKeys }: Packable): Uint8Array {
  if (policy === undefined && policyIds.length === 0 && tags.length === 0) return EMPTY_BYTES;
  const pairs = tags.map(({ key, value }) => [key, value]);
  return deflateRawSync(
    utf8(JSON.stringify([policy ?? null, policyIds, pairs, transitiveTagKeys])),
  );
}

export function unpack(packed: Uint8Array): Packable {
  if (packed.byteLength === 0) return NOTHING;
  // Only what `pack` made can stand here: tokens are authenticated before they are read.
  const [policy, policyIds, pairs, transitiveTagKeys] = JSON.parse(
    fromUtf8(inflateRawSync(packed)),
  ) as [string | null, string[], [string, string][], string[]];
  return {
    ...(policy === null ? {} : { policy }),
    policyIds,
    tags: pairs.map(([key, value]) => ({ key, value })),
    transitiveTagKeys,
  };
}

/** How much of the allotted space policies and tags take, in percent, as `PackedPolicySize` has it. */
export function packedPercent(packed: Uint8Array): number {
  return Math.ceil((100 * packed.byteLength) / PACKED_SIZE_MAX);
}
