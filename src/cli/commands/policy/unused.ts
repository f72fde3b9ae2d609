import { systemClock } from '../../../base/clock.ts';
import { CLIENT_FLAGS, clientFor } from '../../client/flags.ts';
import { principalArn } from '../../client/principal.ts';
import { sinceOf } from '../../client/since.ts';
import { EXIT, UsageError, type Command } from '../../command.ts';
import { jsonOf, tableOf } from '../../output/table.ts';

interface Grant {
  readonly source: { readonly id: string };
  readonly statementIndex: number;
  readonly sid?: string;
}

interface GrantUse {
  readonly unused: readonly (Grant & { readonly what: string; readonly pattern?: string })[];
  readonly wide: readonly (Grant & {
    readonly pattern: string;
    readonly used: readonly string[];
  })[];
}

export const policyUnused: Command = {
  summary: 'Say what the policies of a user or role grant that was never seen to be used.',
  examples: ['coffer policy unused --principal user/alice --since 30d'],
  flags: {
    ...CLIENT_FLAGS,
    principal: 'user/NAME, role/NAME or an ARN',
    since: 'How far to look back, as 30d or 12h, or a date (all that is kept, 90 days)',
  },
  async run({ flags }, io) {
    const { principal, since } = flags;
    if (principal === undefined) throw new UsageError('Say whose policies: --principal');
    using client = clientFor({ flags }, io);
    const answer = await client.query('coffer', 'GetGrantUse', {
      PrincipalArn: await principalArn(client, principal),
      Since: since === undefined ? undefined : sinceOf(since, systemClock.nowMs()),
    });
    const use = JSON.parse(answer.textOf('GrantUse') ?? '{}') as GrantUse;
    if (flags['json'] !== undefined) io.out(jsonOf(use));
    else {
      const unused = use.unused.map((one) => [
        ...nameOf(one),
        `${one.what} never used`,
        one.pattern ?? '',
      ]);
      const wide = use.wide.map((one) => [
        ...nameOf(one),
        'needed only for',
        `${one.pattern}: ${one.used.join(', ')}`,
      ]);
      io.out(tableOf([...unused, ...wide]));
    }
    return EXIT.done;
  },
};

function nameOf({ source, statementIndex, sid }: Grant): string[] {
  return [source.id, sid ?? `statement ${statementIndex + 1}`];
}
