import type { ServiceTable } from './table.ts';

/** The server's own actions, which AWS has no names for. */
export const COFFER: ServiceTable = {
  commonKeys: [],
  actions: [
    'GeneratePolicy Read user,role -',
    'GetDecision Read - -',
    'GetGrantUse Read user,role -',
    'ListDenials List - -',
  ],
  resources: [
    'user arn:${Partition}:iam::${Account}:user/${UserNameWithPath} -',
    'role arn:${Partition}:iam::${Account}:role/${RoleNameWithPath} -',
  ],
  keys: [],
};
