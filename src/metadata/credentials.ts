import type { Clock } from '../base/clock.ts';

/** Credentials of a role for a while. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** The role that programs of this machine have, and where its credentials come from. */
export interface RoleSource {
  /** Undefined while there is none: an instance without a profile, or a profile without a role. */
  role(): Promise<InstanceRole | undefined>;
  /** New credentials; those given out before stay good until they expire by themselves. */
  mint(role: InstanceRole): Promise<RoleCredentials>;
}

export interface InstanceRole {
  readonly name: string;
  /** `AROA…`: a role that was made again under its name is another one. */
  readonly id: string;
  readonly account: string;
  /** What the instance document says of the profile; the role's own, where there is none. */
  readonly profileArn: string;
  readonly profileId: string;
}

/**
 * One set of credentials for all who ask, renewed when half of its time is over. Whoever holds the
 * older set can use it for as long again, so that no program is ever caught between two.
 */
export class CurrentCredentials {
  readonly #source: RoleSource;
  readonly #clock: Clock;
  #roleId: string | undefined;
  #current: RoleCredentials | undefined;
  #minting: Promise<RoleCredentials> | undefined;

  constructor(source: RoleSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The role's credentials as they are now; rejects when none can be had and the old ones are over. */
  async of(role: InstanceRole): Promise<RoleCredentials> {
    if (role.id !== this.#roleId) {
      this.#roleId = role.id;
      this.#current = undefined;
      this.#minting = undefined;
    }
    const current = this.#current;
    const nowMs = this.#clock.nowMs();
    if (current !== undefined && nowMs < halfTimeMs(current)) return current;
    try {
      return await this.#renewed(role);
    } catch (error) {
      if (current !== undefined && nowMs < current.expiresAtMs) return current;
      throw error;
    }
  }

  /** Many who ask at once are answered with one set. */
  #renewed(role: InstanceRole): Promise<RoleCredentials> {
    this.#minting ??= this.#mint(role).finally(() => {
      this.#minting = undefined;
    });
    return this.#minting;
  }

  async #mint(role: InstanceRole): Promise<RoleCredentials> {
    const minted = await this.#source.mint(role);
    if (this.#roleId === role.id) this.#current = minted;
    return minted;
  }
}

function halfTimeMs({ issuedAtMs, expiresAtMs }: RoleCredentials): number {
  return (issuedAtMs + expiresAtMs) / 2;
}

/**
 * The document as AWS writes it. s3cmd fails without LastUpdated, and botocore reads times in
 * whole seconds only.
 */
export function credentialDocument(credentials: RoleCredentials): object {
  return {
    Code: 'Success',
    LastUpdated: wholeSeconds(credentials.issuedAtMs),
    Type: 'AWS-HMAC',
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: wholeSeconds(credentials.expiresAtMs),
  };
}

export function wholeSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
