import assert from 'node:assert/strict';
import { allow, MAIN, openHouse, OTHER } from './house.suite.ts';
import type { Answer, House, Key } from './house.suite.ts';

export const ALL = 'arn:aws:s3:::photos/*';
export const BUCKET = 'arn:aws:s3:::photos';

export interface Cast {
  readonly house: House;
  readonly root: Key;
  /** May read keys, but not list them. */
  readonly reader: Key;
  /** May read and list. */
  readonly lister: Key;
  /** May write keys, and nothing else. */
  readonly writer: Key;
  /** Of another account, where everything is allowed. */
  readonly stranger: Key;
}

export async function openCast(): Promise<Cast> {
  const house = await openHouse();
  const root = await house.root(MAIN);
  await must(house.call('PUT', '/photos', { as: root }));
  await must(house.call('PUT', '/photos/a.txt', { as: root, body: 'hello' }));
  return {
    house,
    root,
    reader: await house.user(MAIN, 'reader', allow('s3:GetObject*', ALL)),
    lister: await house.user(
      MAIN,
      'lister',
      allow('s3:GetObject*', ALL),
      allow('s3:ListBucket', BUCKET),
    ),
    writer: await house.user(MAIN, 'writer', allow('s3:PutObject', ALL)),
    stranger: await house.user(OTHER, 'stranger', allow('s3:*', '*')),
  };
}

export async function must(answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  assert.ok(given.status < 300, given.text);
  return given;
}
