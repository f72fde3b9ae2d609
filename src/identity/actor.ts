import type { Core } from './core.ts';
import { changeEntity, entityIn, type ActingKind } from './entity.ts';
import { bound, unbound } from './managed-policy.ts';
import type { Actor, Tags } from './model.ts';
import { mergeTags, withoutTags } from './tags.ts';

/** What can be done alike to users and roles, which act, and not to groups, which never do. */

export async function tagActor<E extends Actor>(
  core: Core,
  kind: ActingKind<E>,
  account: string,
  name: string,
  tags: Tags,
): Promise<void> {
  await changeEntity(core, kind, account, name, (actor) => ({
    ...actor,
    tags: mergeTags(actor.tags, tags, 'anyCase', core.quotas),
  }));
}

export async function untagActor<E extends Actor>(
  core: Core,
  kind: ActingKind<E>,
  account: string,
  name: string,
  keys: readonly string[],
): Promise<void> {
  await changeEntity(core, kind, account, name, (actor) => ({
    ...actor,
    tags: withoutTags(actor.tags, keys, 'anyCase'),
  }));
}

/** Bounds what the actor's own policies can allow, instead of an earlier boundary. */
export function putBoundary<E extends Actor>(
  core: Core,
  kind: ActingKind<E>,
  account: string,
  name: string,
  policyArn: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const actor = await unbound(tx, kind, await entityIn(tx, kind, account, name));
    tx.set(kind.records, await bound(tx, kind, actor, policyArn), account, actor.id);
  });
}

export function deleteBoundary<E extends Actor>(
  core: Core,
  kind: ActingKind<E>,
  account: string,
  name: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const actor = await entityIn(tx, kind, account, name);
    tx.set(kind.records, await unbound(tx, kind, actor), account, actor.id);
  });
}
