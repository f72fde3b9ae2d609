import { action, list, required } from '../../wire/index.ts';
import { accountAlias } from './scalars.ts';
import { pageInput, pageOutput } from './shapes.ts';

export const CreateAccountAlias = action('CreateAccountAlias', {
  allows: 'iam:CreateAccountAlias',
  input: { AccountAlias: required(accountAlias) },
  output: {},
});

export const DeleteAccountAlias = action('DeleteAccountAlias', {
  allows: 'iam:DeleteAccountAlias',
  input: { AccountAlias: required(accountAlias) },
  output: {},
});

/** A list, although an account never has more than one. */
export const ListAccountAliases = action('ListAccountAliases', {
  allows: 'iam:ListAccountAliases',
  input: pageInput,
  output: { AccountAliases: required(list(accountAlias)), ...pageOutput },
});
