import type { LiveSession, Role } from '../../identity/index.ts';
import { StsError } from '../errors.ts';

const HOUR_SECONDS = 3600;
const TWELVE_HOURS_SECONDS = 12 * HOUR_SECONDS;

/** How long a role's session lasts: an hour, unless it is asked for otherwise. */
export function roleSeconds(
  asked: number | undefined,
  role: Role,
  calling: LiveSession | undefined,
): number {
  const seconds = asked ?? HOUR_SECONDS;
  if (calling?.source.kind === 'role' && seconds > HOUR_SECONDS) {
    throw tooLong('1 hour session limit for roles assumed by role chaining.');
  }
  if (seconds > role.maxSessionSeconds) {
    throw tooLong('MaxSessionDuration set for this role.');
  }
  return seconds;
}

/** The same for a user, or for root, who is given an hour whatever he asks for. */
export function userSeconds(asked: number | undefined, kind: 'root' | 'user'): number {
  if (kind === 'user') return asked ?? TWELVE_HOURS_SECONDS;
  return Math.min(asked ?? HOUR_SECONDS, HOUR_SECONDS);
}

function tooLong(limit: string): StsError {
  return new StsError('ValidationError', `The requested DurationSeconds exceeds the ${limit}`);
}
