import { CLIENT_FLAGS, clientFor } from '../client/flags.ts';
import { principalArn } from '../client/principal.ts';
import { EXIT, type Command } from '../command.ts';
import { jsonOf, tableOf } from '../output/table.ts';
import { traceRow, type Trace } from '../output/trace.ts';

export const denials: Command = {
  summary: 'List the latest refusals; "coffer explain" says more of each.',
  examples: ['coffer denials', 'coffer denials --principal user/alice --limit 5'],
  flags: {
    ...CLIENT_FLAGS,
    principal: 'Only those of user/NAME, role/NAME or an ARN',
    limit: 'How many, up to 1000 (20)',
  },
  async run({ flags }, io) {
    using client = clientFor({ flags }, io);
    const principal = flags['principal'];
    const answer = await client.query('coffer', 'ListDenials', {
      PrincipalArn: principal === undefined ? undefined : await principalArn(client, principal),
      MaxItems: flags['limit'] ?? '20',
    });
    const traces = JSON.parse(answer.textOf('Denials') ?? '[]') as readonly Trace[];
    io.out(flags['json'] === undefined ? tableOf(traces.map(traceRow)) : jsonOf(traces));
    return EXIT.done;
  },
};
