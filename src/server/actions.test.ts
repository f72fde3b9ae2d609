import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as coffer from '../coffer/api.ts';
import * as iam from '../iam/api/index.ts';
import { isUnknownAction } from '../policy/index.ts';
import * as s3 from '../s3/api/index.ts';
import * as sts from '../sts/api/index.ts';

/** What of a declaration says as which actions it is authorized. */
interface Authorized {
  readonly allows: string | readonly string[] | ((input: object) => string | readonly string[]);
}

test('whatever is authorized is an action that lint and simulation know', () => {
  const declarations = Object.values({ ...s3, ...iam, ...sts, ...coffer }).filter(
    (each): each is typeof each & Authorized =>
      typeof each === 'object' && each !== null && 'allows' in each,
  );
  const actions = declarations.flatMap(({ allows }: Authorized) =>
    typeof allows === 'function' ? allows({ CopySource: { bucket: 'b', key: 'k' } }) : allows,
  );
  assert(actions.length > 150, String(actions.length));
  assert.deepEqual(actions.filter(isUnknownAction), []);
});
