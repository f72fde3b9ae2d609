import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import {
  instanceProfileArn,
  parseIamArn,
  roleArn,
  type AssumableRole,
  type IdentityStore,
} from '../identity/index.ts';
import { createMetadataService, type Instance, type RoleSource } from '../metadata/index.ts';
import { evaluate } from '../policy/index.ts';
import { ConfigError, type MetadataConfig } from './config.ts';
import { listenLean } from './http/listen-lean.ts';
import type { Listener } from './listener.ts';

export interface MetadataListenerParts {
  readonly config: MetadataConfig;
  readonly source: RoleSource;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Instance metadata on a listener of its own. */
export function listenMetadata(parts: MetadataListenerParts): Promise<Listener> {
  const { config, source, region, clock, log } = parts;
  const handle = createMetadataService({
    source,
    instance: thisInstance(region, clock),
    clock,
    log,
    isV2Only: config.isV2Only,
    containerToken: config.tokenFile === undefined ? undefined : readToken(config.tokenFile),
  });
  return listenLean({ host: config.host, port: config.port, reusePort: false, log, handle });
}

/** An hour, as AWS's roles have unless they say otherwise; renewed after half of it. */
export const SESSION_SECONDS = 3600;

export interface ProfileSourceParts {
  readonly identity: IdentityStore;
  /** Name or ARN of the instance profile. */
  readonly profile: string;
  readonly sessionName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The role of an instance profile of this installation, as it is at the moment of each request. A
 * role that does not let machines assume it is in the profile for nothing.
 */
export function profileSource(parts: ProfileSourceParts): RoleSource {
  const { identity, profile, sessionName, clock, log } = parts;
  let warnedOf: string | undefined;
  return {
    async role() {
      const [account, name] = await namedProfile(identity, profile);
      const found = await identity.findInstanceProfile(account, name);
      const role = found?.roleId && (await identity.findRoleById(account, found.roleId));
      if (found === undefined || !role) return undefined;
      const { name: roleName, id } = role;
      if (!trustsMachines(await identity.findAssumableRole(account, roleName))) {
        if (warnedOf !== id) {
          log.write('warning', `The role of this machine does not trust ${MACHINES}`, {
            role: roleArn(role),
          });
        }
        warnedOf = id;
        return undefined;
      }
      warnedOf = undefined;
      const profileArn = instanceProfileArn(found);
      return { name: roleName, id, account, profileArn, profileId: found.id };
    },
    async mint({ account, id }) {
      const role = await identity.findRoleById(account, id);
      if (role === undefined) throw new Error(`Role ${id} is gone`);
      const seconds = Math.min(SESSION_SECONDS, role.maxSessionSeconds);
      const minted = identity.mintRoleSession(role, sessionName, seconds);
      return { ...minted, issuedAtMs: clock.nowMs() };
    },
  };
}

/** Who assumes the role of an instance profile for the machine ("Roles for EC2 instances"). */
const MACHINES = 'ec2.amazonaws.com';

function trustsMachines(found: AssumableRole | undefined): boolean {
  if (found === undefined) return false;
  const { role, trustPolicy } = found;
  const decision = evaluate(
    {
      principal: { kind: 'service', service: MACHINES },
      action: 'sts:AssumeRole',
      resource: roleArn(role),
      resourceAccountId: role.account,
      context: (key) => (key === 'aws:principalisawsservice' ? 'true' : undefined),
    },
    { identity: [], resource: trustPolicy },
  );
  return decision.effect === 'Allow';
}

/** A profile's ARN says its account; a name alone is one of the only account there is. */
async function namedProfile(
  identity: IdentityStore,
  profile: string,
): Promise<readonly [account: string, name: string]> {
  const parsed = parseIamArn(profile);
  if (parsed?.kind === 'instance-profile') return [parsed.account, parsed.name];
  const accounts = await identity.listAccounts();
  const [only] = accounts;
  if (only === undefined || accounts.length > 1) {
    throw new Error('There are several accounts: name the instance profile by its ARN');
  }
  return [only.id, profile];
}

const INSTANCE_ID_DIGITS = 17;

/** This machine, as an instance: the same at every start. */
export function thisInstance(region: string, clock: Clock): Instance {
  const name = hostname();
  const digits = createHash('sha256').update(name).digest('hex').slice(0, INSTANCE_ID_DIGITS);
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  return {
    id: `i-${digits}`,
    region,
    hostname: name,
    address: address ?? '127.0.0.1',
    startedAtMs: clock.nowMs(),
  };
}

function readToken(path: string): string {
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token !== '' && !/[\r\n]/.test(token)) return token;
  } catch (error) {
    throw new ConfigError(`The token of ${path} cannot be read: ${(error as Error).message}`);
  }
  throw new ConfigError(`${path} must hold a token on one line`);
}
