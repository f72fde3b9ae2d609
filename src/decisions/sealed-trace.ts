import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { base64, fromBase64, fromUtf8, utf8 } from '../base/bytes.ts';
import { SealError, type Seal } from '../identity/index.ts';
import { barestTrace, shortTrace, type Trace } from './trace.ts';

/**
 * A trace that travels in the refusal itself, so that it can be read when the server that refused
 * has long forgotten it: JSON, compressed, and sealed under the installation's master key. Only
 * DecodeAuthorizationMessage opens it ("DecodeAuthorizationMessage" of the STS API reference).
 */
export function sealTrace(seal: Seal, trace: Trace): string {
  let bytes = deflated(trace);
  for (const shorter of [shortTrace, barestTrace]) {
    if (bytes.byteLength > SEALED_SIZE_MAX) bytes = deflated(shorter(trace));
  }
  return seal.seal(base64(bytes), BELONGS_TO);
}

/** Undefined when the text was altered, or sealed under another master key. */
export function openTrace(seal: Seal, sealed: string): Trace | undefined {
  try {
    const bytes = fromBase64(seal.open(sealed, BELONGS_TO));
    if (bytes === undefined) return undefined;
    const inflated = inflateRawSync(bytes, { maxOutputLength: INFLATED_SIZE_MAX });
    // Nobody but this function's twin could seal it.
    return JSON.parse(fromUtf8(inflated)) as Trace;
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

const BELONGS_TO = 'authorization message';
/**
 * Larger ones leave out the statements, and then all but the decision. Base64 twice and the seal make
 * of this what DecodeAuthorizationMessage takes: 10,240 characters.
 */
const SEALED_SIZE_MAX = 5_700;
/** Above what `explain` ever shows, so that nothing that was sealed here is refused. */
const INFLATED_SIZE_MAX = 4 * 1024 * 1024;

function deflated(trace: Trace): Uint8Array {
  return deflateRawSync(utf8(JSON.stringify(trace)));
}
