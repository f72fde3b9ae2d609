import { CLIENT_FLAGS, clientFor } from '../client/flags.ts';
import { EXIT, type Command } from '../command.ts';
import { jsonOf, tableOf } from '../output/table.ts';

export const whoami: Command = {
  summary: 'Say whose credentials these are, and which server says so.',
  examples: ['coffer whoami', 'coffer whoami --profile alice --json'],
  flags: CLIENT_FLAGS,
  async run(call, io) {
    using client = clientFor(call, io);
    const identity = await client.query('sts', 'GetCallerIdentity');
    const [Account, UserId, Arn] = ['Account', 'UserId', 'Arn'].map((name) =>
      identity.textOf(name),
    );
    if (call.flags['json'] !== undefined) {
      io.out(jsonOf({ Account, UserId, Arn }));
      return EXIT.done;
    }
    io.out(
      tableOf([
        ['ARN', Arn ?? ''],
        ['Account', Account ?? ''],
        ['User id', UserId ?? ''],
        ['Profile', client.profile.name],
        ['Endpoint', client.profile.endpointOf('sts')],
      ]),
    );
    return EXIT.done;
  },
};
