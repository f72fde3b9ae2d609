import { namedAccount } from '../principal.ts';
import { type Estate, resourcePoliciesOf } from './estate.ts';

/** Whom policies of resources, and assertions, name. */
export interface Names {
  readonly arns: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
  /** Unique ids. */
  readonly ids: ReadonlySet<string>;
}

const UNIQUE_ID = /^A[A-Z0-9]{15,}$/;
const ACCOUNT_IDS = /(?<!\d)\d{12}(?!\d)/g;

/** `mentioned` are account ids and ARNs without wildcards that are named elsewhere. */
export function namesIn(estate: Estate, mentioned: readonly string[]): Names {
  const arns = new Set<string>();
  const accounts = new Set<string>();
  const canonicalUsers = new Set<string>();
  const providers = new Set<string>();
  const ids = new Set<string>();
  const note = (name: string): void => {
    if (name.startsWith('arn:') && namedAccount(name) === undefined) arns.add(name);
    else if (UNIQUE_ID.test(name)) ids.add(name);
    for (const [id] of name.matchAll(ACCOUNT_IDS)) accounts.add(id);
  };
  for (const name of mentioned) note(name);
  for (const { document } of resourcePoliciesOf(estate)) {
    for (const { principals, conditions } of document.statements) {
      for (const name of principals?.aws ?? []) note(name);
      for (const id of principals?.canonicalUser ?? []) canonicalUsers.add(id);
      for (const name of principals?.federated ?? []) providers.add(name);
      for (const value of conditions.flatMap(({ values }) => values)) {
        for (const [id] of value.matchAll(ACCOUNT_IDS)) accounts.add(id);
      }
    }
  }
  return { arns, accounts, canonicalUsers, providers, ids };
}
