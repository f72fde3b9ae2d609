import { namedAccount } from '../principal.ts';
import { type Estate, resourcePoliciesOf } from './estate.ts';

/** What policies of resources say about who asks. */
export interface Names {
  readonly arns: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
}

const ACCOUNT_IDS = /(?<!\d)\d{12}(?!\d)/g;

export function namesIn(estate: Estate): Names {
  const arns = new Set<string>();
  const accounts = new Set<string>();
  const canonicalUsers = new Set<string>();
  const providers = new Set<string>();
  for (const { document } of resourcePoliciesOf(estate)) {
    for (const { principals, conditions } of document.statements) {
      for (const name of principals?.aws ?? []) {
        if (name.startsWith('arn:') && namedAccount(name) === undefined) arns.add(name);
        for (const [id] of name.matchAll(ACCOUNT_IDS)) accounts.add(id);
      }
      for (const id of principals?.canonicalUser ?? []) canonicalUsers.add(id);
      for (const name of principals?.federated ?? []) providers.add(name);
      for (const value of conditions.flatMap(({ values }) => values)) {
        for (const [id] of value.matchAll(ACCOUNT_IDS)) accounts.add(id);
      }
    }
  }
  return { arns, accounts, canonicalUsers, providers };
}
