import type { Core } from '../core.ts';
import { IdentityError } from '../error.ts';
import type { Role } from '../model.ts';
import { pack, packedPercent } from './packing.ts';
import type { Session } from './session.ts';
import { TOKEN_LENGTH_MAX, type SessionTokens, type TemporaryKey } from './token.ts';

/** A session that is to be; what is absent is empty. */
export interface SessionRequest
  extends
    Pick<Session, 'account' | 'source' | 'policy' | 'sourceIdentity' | 'mfaAtMs' | 'web'>,
    Partial<Pick<Session, 'tags' | 'transitiveTagKeys' | 'policyIds'>> {
  readonly durationSeconds: number;
  /** Characters that the token has at least. */
  readonly tokenLengthMin?: number | undefined;
}

export interface TemporaryCredentials extends TemporaryKey {
  readonly expiresAtMs: number;
  /** Percent of the space for policies and tags that they take; 0 when there are none. */
  readonly packedPercent: number;
  /** Percent of the longest token that there can be. */
  readonly tokenPercent: number;
}

export function sessionMethods(core: Pick<Core, 'clock'>, tokens: SessionTokens) {
  const mintSession = (request: SessionRequest): TemporaryCredentials => {
    const { durationSeconds, tokenLengthMin, ...asked } = request;
    const { tags = [], transitiveTagKeys = [], policyIds = [], ...rest } = asked;
    const percent = packedPercent(
      pack({ policy: rest.policy, policyIds, tags, transitiveTagKeys }),
    );
    if (percent > 100) throw tooLarge(percent);
    const issuedAtMs = core.clock.nowMs();
    const expiresAtMs = (Math.floor(issuedAtMs / 1000) + durationSeconds) * 1000;
    const session = { ...rest, tags, transitiveTagKeys, policyIds, issuedAtMs, expiresAtMs };
    const key = tokens.seal(session, tokenLengthMin);
    const tokenPercent = Math.ceil((100 * key.sessionToken.length) / TOKEN_LENGTH_MAX);
    // A longer one would be refused with every request that brings it.
    if (tokenPercent > 100) throw tooLarge(tokenPercent);
    return { ...key, expiresAtMs, packedPercent: percent, tokenPercent };
  };
  return {
    /**
     * Temporary credentials, of which nothing is stored. Whether the caller may have them has been
     * asked before. Throws PackedPolicyTooLarge.
     */
    mintSession,
    /** Plain credentials of a role, for whoever gives them to programs of this installation. */
    mintRoleSession: (role: Role, sessionName: string, durationSeconds: number) =>
      mintSession({
        account: role.account,
        source: { kind: 'role', roleId: role.id, sessionName },
        durationSeconds,
      }),
  };
}

function tooLarge(percent: number): IdentityError {
  return new IdentityError(
    'PackedPolicyTooLarge',
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  );
}
