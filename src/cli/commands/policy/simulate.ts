import { simulate } from '../../../policy/index.ts';
import { EXIT, type Command } from '../../command.ts';
import { jsonOf, tableOf } from '../../output/table.ts';
import { QUESTION_FLAGS, notesOn, questionsOf } from './question.ts';

export const policySimulate: Command = {
  summary: 'Say what policies in files or on a server would allow.',
  examples: [
    'coffer policy simulate policy.json --action s3:GetObject --resource arn:aws:s3:::reports/a',
    'coffer policy simulate bucket.json --principal anonymous --action s3:GetObject \\\n' +
      '    --resource arn:aws:s3:::reports/a --context aws:SecureTransport=true',
    'coffer policy simulate --stored --principal user/ana --action s3:GetObject --resource arn:aws:s3:::reports/a',
  ],
  operands: ['[file…]'],
  flags: QUESTION_FLAGS,
  async run(call, io) {
    const questions = await questionsOf(call, io);
    io.err(notesOn(questions));
    const answers = questions.map(({ request, policies }) => {
      const { decision, missingKeys } = simulate(request, policies);
      const { action, resource } = request;
      return { action, resource, ...decision, missingKeys };
    });
    if (call.flags['json'] !== undefined) io.out(jsonOf(answers));
    else {
      const rows = answers.map(({ action, resource, effect, by, lacking, missingKeys }) => [
        action,
        resource,
        effect,
        by === undefined ? (lacking ?? '') : `${by.source.id}#${by.statementIndex + 1}`,
        missingKeys.join(' '),
      ]);
      io.out(
        tableOf([['ACTION', 'RESOURCE', 'DECISION', 'BY OR LACKING', 'KEYS ASKED FOR'], ...rows]),
      );
    }
    return answers.every(({ effect }) => effect === 'Allow') ? EXIT.done : EXIT.denied;
  },
};
