import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { asBuffer, base64, concatBytes, fromUtf8, utf8 } from '../../base/bytes.ts';
import { secureBytes } from '../../base/random.ts';
import { newTemporaryKeyId } from '../ids.ts';
import { keyFor } from '../seal.ts';
import { pack, unpack } from './packing.ts';
import type { LiveSession, Session } from './session.ts';

/** An access key with its token, as a caller is given them. */
export interface TemporaryKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface OpenedToken {
  readonly session: LiveSession;
  readonly secretAccessKey: string;
}

/**
 * Session tokens: base64url (RFC 4648, section 5) of a byte for the form, 17 random bytes of salt,
 * the sealed session and its tag.
 *
 * HMAC-SHA-512 over form, salt and access key id, under a key derived from the master key, gives
 * both the key that seals this one token and the secret access key. So the token opens only beside
 * its access key id, no two tokens share an encryption key however many are made, and the secret
 * stands nowhere, not even sealed.
 */
export interface SessionTokens {
  /** The token is at least as long as asked, for whoever tries how long a one his programs take. */
  seal(session: Session, lengthMin?: number): TemporaryKey;
  /** Undefined for a token that was altered, is another key's, or another server's. */
  open(accessKeyId: string, sessionToken: string): OpenedToken | undefined;
}

const FORM = 1;
/** With the form it fills whole groups of base64, so that a token's first characters are its id. */
const SALT_SIZE = 17;
const TAG_SIZE = 16;
const HEAD_SIZE = 1 + SALT_SIZE;
const ID_LENGTH = (HEAD_SIZE / 3) * 4;
const ALGORITHM = 'aes-256-gcm';
const SEALING_KEY_SIZE = 32;
/** Thirty bytes are the forty characters of base64 that AWS's secrets have. */
const SECRET_SIZE = 30;
/** Each key seals a single token, so one nonce will do. */
const NONCE = new Uint8Array(12);
/** What every proxy takes in a header; with all parts at their limits a token would be longer. */
export const TOKEN_LENGTH_MAX = 8192;

export function createSessionTokens(masterKey: Uint8Array): SessionTokens {
  const key = keyFor('session tokens', masterKey);
  return {
    seal(session, lengthMin = 0) {
      const accessKeyId = newTemporaryKeyId(session.account);
      const head = concatBytes([Uint8Array.of(FORM), secureBytes(SALT_SIZE)]);
      const { sealingKey, secretAccessKey } = derive(key, head, accessKeyId);
      const cipher = createCipheriv(ALGORITHM, sealingKey, NONCE, { authTagLength: TAG_SIZE });
      const sizeMin = Math.ceil((lengthMin * 3) / 4) - HEAD_SIZE - TAG_SIZE;
      const plain = encode(session, sizeMin);
      const sealed = [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
      const sessionToken = asBuffer(concatBytes([head, ...sealed])).toString('base64url');
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    open(accessKeyId, sessionToken) {
      if (sessionToken.length > TOKEN_LENGTH_MAX) return undefined;
      const bytes = Buffer.from(sessionToken, 'base64url');
      if (bytes.byteLength < HEAD_SIZE + TAG_SIZE || bytes[0] !== FORM) return undefined;
      // One token has one spelling: otherwise a revoked or cached one would have many names.
      if (bytes.toString('base64url') !== sessionToken) return undefined;
      const head = bytes.subarray(0, HEAD_SIZE);
      const { sealingKey, secretAccessKey } = derive(key, head, accessKeyId);
      const end = bytes.byteLength - TAG_SIZE;
      const decipher = createDecipheriv(ALGORITHM, sealingKey, NONCE, { authTagLength: TAG_SIZE });
      decipher.setAuthTag(bytes.subarray(end));
      const opened = [decipher.update(bytes.subarray(HEAD_SIZE, end))];
      try {
        opened.push(decipher.final());
      } catch {
        return undefined;
      }
      const id = sessionToken.slice(0, ID_LENGTH);
      return { session: { ...decode(concatBytes(opened)), id }, secretAccessKey };
    },
  };
}

function derive(key: Uint8Array, head: Uint8Array, accessKeyId: string) {
  const drawn = createHmac('sha512', key).update(head).update(accessKeyId).digest();
  return {
    sealingKey: drawn.subarray(0, SEALING_KEY_SIZE),
    secretAccessKey: base64(drawn.subarray(SEALING_KEY_SIZE, SEALING_KEY_SIZE + SECRET_SIZE)),
  };
}

type Facts = Omit<Session, 'policy' | 'policyIds' | 'tags' | 'transitiveTagKeys'>;

/** Two bytes for the length of the packed part, that part, and the rest as JSON, filled with blanks. */
function encode(
  { policy, policyIds, tags, transitiveTagKeys, ...facts }: Session,
  sizeMin: number,
): Uint8Array {
  const packed = pack({ policy, policyIds, tags, transitiveTagKeys });
  const size = Uint8Array.of(packed.byteLength >> 8, packed.byteLength & 0xff);
  const bytes = concatBytes([size, packed, utf8(JSON.stringify(facts))]);
  const missing = sizeMin - bytes.byteLength;
  return missing > 0 ? concatBytes([bytes, utf8(' '.repeat(missing))]) : bytes;
}

function decode(bytes: Uint8Array): Session {
  const [high = 0, low = 0] = bytes;
  const end = 2 + (high << 8) + low;
  const facts = JSON.parse(fromUtf8(bytes.subarray(end))) as Facts;
  return { ...facts, ...unpack(bytes.subarray(2, end)) };
}
