import { allow, MAIN, openStsHouse } from './house.suite.ts';

/** A user who may assume roles that trust him, and an object to be got. */

/** A statement of a trust policy; AssumeRole alone unless actions are given. */
export const to = (principal: object | string, ...actions: string[]) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: actions.length === 0 ? 'sts:AssumeRole' : actions,
});
export const ROOT = `arn:aws:iam::${MAIN}:root`;
export const BOB = `arn:aws:iam::${MAIN}:user/bob`;
export const ASSUME = allow('sts:AssumeRole', '*');

export async function openWithBob() {
  const house = await openStsHouse();
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob');
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  const assume = (RoleArn: string, as = bob, more = {}) =>
    house.sts('AssumeRole', { RoleArn, RoleSessionName: 's1', ...more }, as);
  return { ...house, root, bob, assume };
}
