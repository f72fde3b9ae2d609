import { systemClock } from '../base/clock.ts';
import { thisInstance } from '../server/metadata.ts';
import { UsageError } from './command.ts';
import type { Client } from './client/client.ts';
import type { RoleSource } from '../metadata/index.ts';

export interface AssumedRoleOptions {
  /** A name in the caller's account, or an ARN. */
  readonly role: string;
  readonly durationSeconds: number;
}

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/**
 * A role that the profile of `client` may assume, for programs that ask the metadata for it. It is
 * assumed once at first: what is refused is said here, and not to the first program that asks.
 */
export async function assumedRoleSource(
  client: Client,
  { role: wanted, durationSeconds }: AssumedRoleOptions,
): Promise<RoleSource> {
  const arn = await roleArnOf(client, wanted);
  const [, account = '', name = ''] = ROLE_ARN.exec(arn) ?? [];
  if (name === '') throw new UsageError(`Not a role: "${wanted}". Write its name or its ARN`);
  // Whoever assumes a role need not be allowed to look at its profiles.
  const profileArn = `arn:aws:iam::${account}:instance-profile/${name}`;
  const role = { name, id: arn, account, profileArn, profileId: name };
  const sessionName = thisInstance(client.profile.region, systemClock).id;
  const source: RoleSource = {
    role: async () => role,
    async mint() {
      const issuedAtMs = systemClock.nowMs();
      const answer = await client.query('sts', 'AssumeRole', {
        RoleArn: arn,
        RoleSessionName: sessionName,
        DurationSeconds: durationSeconds,
      });
      const text = (member: string): string => answer.textOf(`Credentials/${member}`) ?? '';
      return {
        accessKeyId: text('AccessKeyId'),
        secretAccessKey: text('SecretAccessKey'),
        sessionToken: text('SessionToken'),
        issuedAtMs,
        expiresAtMs: Date.parse(text('Expiration')),
      };
    },
  };
  await source.mint(role);
  return source;
}

/** A path is part of a role's ARN, so a name alone is looked up; who may not has no path. */
async function roleArnOf(client: Client, role: string): Promise<string> {
  if (role.startsWith('arn:')) return role;
  try {
    const found = await client.query('iam', 'GetRole', { RoleName: role });
    const arn = found.textOf('Role/Arn');
    if (arn !== undefined) return arn;
  } catch {
    // Whether the role can be assumed is not for GetRole to say.
  }
  const caller = await client.query('sts', 'GetCallerIdentity');
  return `arn:aws:iam::${caller.textOf('Account')}:role/${role}`;
}
