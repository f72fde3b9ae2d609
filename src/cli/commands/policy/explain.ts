import { describeExplanation, describePolicies, explain } from '../../../policy/index.ts';
import { EXIT, type Command } from '../../command.ts';
import { jsonOf } from '../../output/table.ts';
import { QUESTION_FLAGS, notesOn, questionsOf } from './question.ts';

export const policyExplain: Command = {
  summary:
    'Say why policies in files or on a server would allow something or not, and what is missing.',
  examples: [
    'coffer policy explain policy.json --action s3:PutObject --resource arn:aws:s3:::reports/a',
    'coffer policy explain policy.json bucket.json --full --action s3:GetObject \\\n' +
      '    --principal arn:aws:iam::111122223333:user/ana --resource arn:aws:s3:::reports/a',
    'coffer policy explain --stored --principal role/backup --action s3:PutObject --resource arn:aws:s3:::reports/a',
  ],
  operands: ['[file…]'],
  flags: {
    ...QUESTION_FLAGS,
    full: '(switch) Show every statement, and what of it matched',
  },
  async run(call, io) {
    const questions = await questionsOf(call, io);
    io.err(notesOn(questions));
    const explanations = questions.map(({ request, policies }) => explain(request, policies));
    if (call.flags['json'] !== undefined) io.out(jsonOf(explanations));
    else {
      const texts = explanations.map((explanation) => {
        const sentences = describeExplanation(explanation);
        const statements = call.flags['full'] === undefined ? [] : describePolicies(explanation);
        return [...sentences, ...statements].map((line) => `${line}\n`).join('');
      });
      io.out(texts.join('\n'));
    }
    const isAllowed = explanations.every(({ decision }) => decision.effect === 'Allow');
    return isAllowed ? EXIT.done : EXIT.denied;
  },
};
