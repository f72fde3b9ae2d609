import type { Tags } from '../model.ts';

/** A bucket's lifecycle configuration, as it was put and is given back. */
export interface Lifecycle {
  readonly rules: readonly LifecycleRule[];
  readonly smallObjects: SmallObjects;
}

/** TransitionDefaultMinimumObjectSize: which small objects a rule leaves in their class. */
export type SmallObjects = 'all_storage_classes_128K' | 'varies_by_storage_class';

export interface LifecycleRule {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly filter: LifecycleFilter;
  readonly expiration: Expiration | undefined;
  readonly transitions: readonly Transition[];
  readonly noncurrentExpiration: NoncurrentExpiration | undefined;
  readonly noncurrentTransitions: readonly NoncurrentTransition[];
  /** Days after which an upload that was not completed is aborted. */
  readonly abortUploadsDays: number | undefined;
}

/** All conditions hold together; one that is undefined holds always. */
export interface LifecycleFilter {
  /** How it was written: the older `Prefix` of the rule itself, or `Filter` with or without `And`. */
  readonly form: 'prefix' | 'filter' | 'and';
  readonly prefix: string | undefined;
  readonly tags: Tags;
  /** Bytes, both exclusive. */
  readonly sizeGreaterThan: number | undefined;
  readonly sizeLessThan: number | undefined;
}

/** When a current version ages out: so many days after it was made, or on a day for all. */
export type Due =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'date'; readonly dateMs: number };

/** `markers` removes delete markers under which no version is left. */
export type Expiration = Due | { readonly kind: 'markers' };

export interface Transition {
  readonly due: Due;
  readonly storageClass: string;
}

export interface NoncurrentExpiration {
  /** Days since a newer version took the place. */
  readonly days: number;
  /** How many of the newest noncurrent versions stay whatever their age. */
  readonly newerVersions: number | undefined;
}

export interface NoncurrentTransition extends NoncurrentExpiration {
  readonly storageClass: string;
}
