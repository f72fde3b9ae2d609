import { systemClock } from '../../base/clock.ts';
import { jsonLog } from '../../base/log.ts';
import { metadataOf } from '../../server/config.ts';
import { listenMetadata, SESSION_SECONDS } from '../../server/metadata.ts';
import { assumedRoleSource } from '../assumed-role.ts';
import { CLIENT_FLAGS, clientFor } from '../client/flags.ts';
import { EXIT, UsageError, type Command } from '../command.ts';
import { METADATA_FLAGS } from './serve.ts';

const { json: _, ...CLIENT } = CLIENT_FLAGS;
const DURATION = /^\d{3,5}$/;

export const metadata: Command = {
  summary: 'Serve instance metadata with the credentials of a role, for programs on this machine.',
  examples: [
    'coffer metadata --role backup',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9254 aws s3 ls',
  ],
  flags: {
    ...CLIENT,
    role: 'Name or ARN of a role that the profile may assume',
    duration: 'Seconds that credentials are good for, 900 and more (3600)',
    ...METADATA_FLAGS,
    'metadata-port': 'Port to listen on, 0 for any (9254)',
  },
  async run({ flags }, io) {
    const stopped = io.untilStopped();
    const { role, duration = String(SESSION_SECONDS) } = flags;
    if (role === undefined) throw new UsageError('Say which role: --role');
    if (!DURATION.test(duration)) throw new UsageError(`Not a number of seconds: "${duration}"`);
    using client = clientFor({ flags }, io);
    const clock = systemClock;
    const { region } = client.profile;
    const source = await assumedRoleSource(client, { role, durationSeconds: Number(duration) });
    const found = await source.role();
    const listener = await listenMetadata({
      config: metadataOf((name) => flags[name]),
      source,
      region,
      clock,
      log: jsonLog(io.err, 'warning'),
    });
    const host = flags['metadata-host'] ?? '127.0.0.1';
    io.out(
      `Instance metadata of role ${found?.name} is on http://${host}:${listener.port}\n\n` +
        `  AWS_EC2_METADATA_SERVICE_ENDPOINT=http://${host}:${listener.port}\n`,
    );
    await stopped;
    await listener.close(0);
    return EXIT.done;
  },
};
