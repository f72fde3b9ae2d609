import { CLIENT_FLAGS, clientFor } from '../client/flags.ts';
import { EXIT, type Command } from '../command.ts';
import { jsonOf } from '../output/table.ts';
import { traceText, type Trace } from '../output/trace.ts';

export const explain: Command = {
  summary: 'Say why a request was allowed or denied, and what is missing for it.',
  examples: ['coffer explain 8KQ2M9XW0000B3F1', 'coffer explain 8KQ2M9XW0000B3F1 --full'],
  flags: {
    ...CLIENT_FLAGS,
    full: '(switch) Show every statement that was asked, and what of it matched',
  },
  operands: ['request-id'],
  async run({ flags, operands }, io) {
    using client = clientFor({ flags }, io);
    const [requestId = ''] = operands;
    const answer = await client.query('coffer', 'GetDecision', { RequestId: requestId });
    const traces = JSON.parse(answer.textOf('Decisions') ?? '[]') as readonly Trace[];
    if (flags['json'] !== undefined) io.out(jsonOf(traces));
    else {
      const full = flags['full'] !== undefined;
      io.out(traces.map((trace) => traceText(trace, full)).join('\n'));
    }
    if (traces.length > 0) return EXIT.done;
    io.err(
      'error: Nothing is remembered of this request. Refusals are kept, and of the requests that\n' +
        'were allowed the latest; a refusal of long ago can be read from its EncodedMessage with\n' +
        'aws sts decode-authorization-message\n',
    );
    return EXIT.notFound;
  },
};
