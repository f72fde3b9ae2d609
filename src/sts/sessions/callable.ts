import { AccessError } from '../../access/index.ts';
import type { IdentityPrincipal } from '../../identity/index.ts';

/** What users under temporary credentials may still call. */
const OF_USER_SESSIONS = new Set(['AssumeRole', 'GetCallerIdentity']);
const OF_FEDERATED_USERS = new Set(['GetCallerIdentity']);
/** What only long-term keys may call, lest a session outlive itself. */
const OF_LONG_TERM_KEYS = new Set(['GetSessionToken', 'GetFederationToken']);

/**
 * Refuses what temporary credentials of this kind cannot call, whatever policies say ("Compare AWS
 * STS credentials"), and roles to root.
 */
export function refuseUncallable(action: string, { kind, session }: IdentityPrincipal): void {
  if (action === 'AssumeRole' && kind === 'root') {
    throw new AccessError('AccessDenied', 'Roles may not be assumed by root accounts.');
  }
  if (session === undefined || mayCall(action, kind)) return;
  throw new AccessError('AccessDenied', `Cannot call ${action} with session credentials`);
}

function mayCall(action: string, kind: IdentityPrincipal['kind']): boolean {
  if (kind === 'federated-user') return OF_FEDERATED_USERS.has(action);
  if (kind === 'assumed-role') return !OF_LONG_TERM_KEYS.has(action);
  return OF_USER_SESSIONS.has(action);
}
