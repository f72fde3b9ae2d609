import { action, integer, map, required } from '../../wire/index.ts';

export const GetAccountSummary = action('GetAccountSummary', {
  allows: 'iam:GetAccountSummary',
  input: {},
  output: { SummaryMap: required(map(integer)) },
});
