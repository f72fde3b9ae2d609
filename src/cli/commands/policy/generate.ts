import { systemClock } from '../../../base/clock.ts';
import { CLIENT_FLAGS, clientFor } from '../../client/flags.ts';
import { principalArn } from '../../client/principal.ts';
import { sinceOf } from '../../client/since.ts';
import { EXIT, UsageError, type Command } from '../../command.ts';
import { tableOf } from '../../output/table.ts';

interface Coverage {
  readonly sid: string;
  readonly action: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export const policyGenerate: Command = {
  summary: 'Write the least policy for what a user or role was seen to do.',
  examples: [
    'coffer policy generate --principal user/alice --since 30d > least.json',
    'coffer policy generate --principal role/backup --level 2 --conditions',
  ],
  flags: {
    ...CLIENT_FLAGS,
    principal: 'user/NAME, role/NAME or an ARN',
    since: 'How far to look back, as 30d or 12h, or a date (all that is kept, 90 days)',
    level: 'Folders of a key that are told apart, 0 to 4 (1)',
    conditions: '(switch) Also demand what held of every request: TLS, and the networks',
  },
  async run({ flags }, io) {
    const { principal, since, level } = flags;
    if (principal === undefined) throw new UsageError('Say whose policy: --principal');
    using client = clientFor({ flags }, io);
    const answer = await client.query('coffer', 'GeneratePolicy', {
      PrincipalArn: await principalArn(client, principal),
      Since: since === undefined ? undefined : sinceOf(since, systemClock.nowMs()),
      Level: level,
      Conditions: flags['conditions'] !== undefined,
    });
    io.out(`${answer.textOf('PolicyDocument')}\n`);
    const coverage = JSON.parse(answer.textOf('Coverage') ?? '[]') as readonly Coverage[];
    if (coverage.length === 0) {
      io.err('Nothing was seen of this principal, so the policy allows nothing.\n');
      return EXIT.notFound;
    }
    // Beside the policy and not in it, which can so be written to a file.
    const rows = coverage.map(({ sid, action, count, firstMs, lastMs }) => {
      return [sid, action, count === 0 ? 'foreseen' : String(count), dayOf(firstMs), dayOf(lastMs)];
    });
    io.err(tableOf([['STATEMENT', 'ACTION', 'REQUESTS', 'FIRST', 'LAST'], ...rows]));
    return EXIT.done;
  },
};

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
