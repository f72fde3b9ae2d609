import type { Check, CommitResult, KeyValueStore, Version, Write } from '../kv/key-value-store.ts';
import { heldBytes } from './content.ts';
import {
  bytesCounterKey,
  contentKey,
  garbageKey,
  objectReferenceKey,
  objectsCounterKey,
  partReferenceKey,
  versionsCounterKey,
  type BytesKind,
} from './keys.ts';
import type { Body, ObjectRecord, PartRecord } from './records.ts';
import { sortIdOf } from './version-id.ts';

/** Where a version belongs. */
export interface Place {
  readonly bucketId: string;
  readonly key: string;
}

/**
 * One commit in the making. References, garbage and the counts of the bucket follow from what is
 * said here, so that no caller keeps them by hand.
 */
export class Change {
  readonly checks: Check[] = [];
  readonly writes: Write[] = [];
  readonly #bucketId: string;
  readonly #nowMs: number;
  /** Makes the checks matter even when there is nothing to write. */
  needsCommit = false;
  #objects = 0;
  #versions = 0;
  #bytes = 0;

  constructor(bucketId: string, nowMs: number) {
    this.#bucketId = bucketId;
    this.#nowMs = nowMs;
  }

  check(key: Uint8Array, version: Version | undefined): void {
    this.checks.push({ key, version });
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.writes.push({ kind: 'set', key, value });
  }

  delete(key: Uint8Array): void {
    this.writes.push({ kind: 'delete', key });
  }

  /** Rows that come to or go from the spaces `object` and `version`. */
  count(rows: { readonly objects?: number; readonly versions?: number }): void {
    this.#objects += rows.objects ?? 0;
    this.#versions += rows.versions ?? 0;
  }

  /** A version begins to exist: it keeps its bytes alive, or brings them along. */
  addVersion(place: Place, record: ObjectRecord): void {
    this.#bytes += record.size;
    if (record.body.kind === 'content') {
      this.set(contentKey(record.body.id), heldBytes(record.body));
    }
    const bytes = bytesOf(record.body);
    if (bytes === undefined) return;
    const owner = { ...place, sortId: sortIdOf(record) };
    this.set(objectReferenceKey(bytes.kind, bytes.id, owner), new Uint8Array(0));
  }

  /** A version ceases to exist. */
  dropVersion(place: Place, record: ObjectRecord): void {
    this.#bytes -= record.size;
    if (record.body.kind === 'content') this.delete(contentKey(record.body.id));
    const bytes = bytesOf(record.body);
    if (bytes === undefined) return;
    const owner = { ...place, sortId: sortIdOf(record) };
    this.delete(objectReferenceKey(bytes.kind, bytes.id, owner));
    this.addGarbage(bytes.kind, bytes.id);
  }

  addPart(group: string, partNumber: number, { body }: PartRecord): void {
    if (body.kind !== 'blob') return;
    this.set(partReferenceKey(body.blob, group, partNumber), new Uint8Array(0));
  }

  dropPart(group: string, partNumber: number, { body }: PartRecord): void {
    if (body.kind !== 'blob') return;
    this.delete(partReferenceKey(body.blob, group, partNumber));
    this.addGarbage('blob', body.blob);
  }

  addGarbage(kind: BytesKind, id: string, atMs: number = this.#nowMs): void {
    this.set(garbageKey(kind, id, atMs), new Uint8Array(0));
  }

  commit(kv: KeyValueStore): Promise<CommitResult> {
    this.#add(objectsCounterKey(this.#bucketId), this.#objects);
    this.#add(versionsCounterKey(this.#bucketId), this.#versions);
    this.#add(bytesCounterKey(this.#bucketId), this.#bytes);
    return kv.commit({ checks: this.checks, writes: this.writes });
  }

  #add(key: Uint8Array, delta: number): void {
    if (delta !== 0) this.writes.push({ kind: 'add', key, delta });
  }
}

function bytesOf(body: Body): { readonly kind: BytesKind; readonly id: string } | undefined {
  if (body.kind === 'blob') return { kind: 'blob', id: body.blob };
  return body.kind === 'parts' ? { kind: 'group', id: body.group } : undefined;
}
