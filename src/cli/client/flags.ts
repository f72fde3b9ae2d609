import type { Call } from '../command.ts';
import type { Io } from '../io.ts';
import { openClient, type Client } from './client.ts';

/** Flags of every command that speaks to a server. */
export const CLIENT_FLAGS = {
  profile: "Profile of AWS's files (AWS_PROFILE, else default)",
  endpoint: 'URL of the server (AWS_ENDPOINT_URL, else endpoint_url of the profile)',
  region: "Region (AWS_REGION, else the profile's, else us-east-1)",
  json: '(switch) Print JSON',
} as const;

/** The client that the flags of a call ask for. */
export function clientFor({ flags }: Pick<Call, 'flags'>, io: Pick<Io, 'environment'>): Client {
  const { profile, endpoint, region } = flags as Record<string, string | undefined>;
  return openClient({ profile, endpoint, region }, io.environment);
}
