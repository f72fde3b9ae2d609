import type { ByteSource, RequestBody } from '../base/http.ts';
import { string, type Scalar } from './scalar.ts';

/**
 * The declaration language: shapes say what a value is, bindings say where a member of an input or
 * output sits in the message. Types of inputs and outputs are inferred from the declaration, and
 * codecs, router, validation and the tests against AWS's clients all read the same table.
 */
export type Shape = Scalar<unknown> | AnyList | AnyMap | AnyStruct | Stream | RawText | RawBytes;

/** What an operation's handler is given for a shape, and what it answers. */
export type InputType<S> = S extends { readonly types?: readonly [infer I, unknown] } ? I : never;
export type OutputType<S> = S extends { readonly types?: readonly [unknown, infer O] } ? O : never;

export interface List<S extends Shape> extends ListOptions {
  readonly kind: 'list';
  readonly types?: readonly [readonly InputType<S>[], readonly OutputType<S>[]];
  readonly of: S;
  readonly item: string;
}
export interface AnyList extends ListOptions {
  readonly kind: 'list';
  readonly types?: readonly [readonly unknown[], readonly unknown[]];
  readonly of: Shape;
  readonly item: string;
}

export interface ListOptions {
  /** Name of each item's element; `member` unless given. */
  readonly item?: string;
  /** Items stand where the list's own element or parameter would, repeated. */
  readonly flat?: boolean;
  readonly min?: number;
  readonly max?: number;
}

export interface MapOf<S extends Shape> extends MapOptions {
  readonly kind: 'map';
  readonly types?: readonly [
    Readonly<Record<string, InputType<S>>>,
    Readonly<Record<string, OutputType<S>>>,
  ];
  readonly of: S;
}
export interface AnyMap extends MapOptions {
  readonly kind: 'map';
  readonly types?: readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];
  readonly of: Shape;
}

export interface MapOptions {
  /** Names of the parts of an entry; `key` and `value` unless given. */
  readonly keyName?: string;
  readonly valueName?: string;
  readonly flat?: boolean;
}

export interface Struct<M extends Members> {
  readonly kind: 'struct';
  readonly types?: readonly [InputOf<M>, OutputOf<M>];
  readonly members: M;
}
export interface AnyStruct {
  readonly kind: 'struct';
  readonly types?: readonly [object, object];
  readonly members: Members;
}

/** The body as it comes or goes, never collected. Only as a payload. */
export interface Stream {
  readonly kind: 'stream';
  readonly types?: readonly [RequestBody, ByteSource];
}
/** The whole body as UTF-8 text, no XML round it. Only as a payload. */
export interface RawText {
  readonly kind: 'rawText';
  readonly types?: readonly [string, string];
}
/** The whole body as bytes. Only as a payload. */
export interface RawBytes {
  readonly kind: 'rawBytes';
  readonly types?: readonly [Uint8Array, Uint8Array];
}

export type Location =
  | 'label'
  | 'header'
  | 'prefix'
  | 'query'
  | 'payload'
  | 'attribute'
  | 'status'
  | 'body';

/** A shape and its place. `wire` is the name there; the member's own when undefined. */
export interface Binding<S extends Shape = Shape, R extends boolean = boolean> {
  readonly kind: 'binding';
  readonly at: Location;
  readonly shape: S;
  readonly wire: string | undefined;
  readonly isRequired: R;
}

/** A bare shape is an element or form parameter of the member's name, and optional. */
export type Members = Readonly<Record<string, Shape | Binding>>;

type ShapeOf<M> = M extends Binding<infer S> ? S : M;
type RequiredKeys<M> = {
  [K in keyof M]: M[K] extends { readonly kind: 'binding'; readonly isRequired: true } ? K : never;
}[keyof M];

/** Required members are always there; others may be absent or undefined. */
export type InputOf<M extends Members> = Flatten<
  { readonly [K in RequiredKeys<M>]: InputType<ShapeOf<M[K]>> } & {
    readonly [K in Exclude<keyof M, RequiredKeys<M>>]?: InputType<ShapeOf<M[K]>> | undefined;
  }
>;
export type OutputOf<M extends Members> = Flatten<
  { readonly [K in RequiredKeys<M>]: OutputType<ShapeOf<M[K]>> } & {
    readonly [K in Exclude<keyof M, RequiredKeys<M>>]?: OutputType<ShapeOf<M[K]>> | undefined;
  }
>;
/** Written out as one object type, which is what an editor then shows. */
type Flatten<T> = { readonly [K in keyof T]: T[K] };

/** A list. `flat` lists repeat the member's own element or parameter. */
export function list<const S extends Shape>(of: S, options: ListOptions = {}): List<S> {
  return { kind: 'list', of, ...options, item: options.item ?? 'member' };
}

/** A map from texts, decoded into an object without prototype. */
export function map<const S extends Shape>(of: S, options: MapOptions = {}): MapOf<S> {
  return { kind: 'map', of, ...options };
}

export function struct<const M extends Members>(members: M): Struct<M> {
  return { kind: 'struct', members };
}

export const stream: Stream = { kind: 'stream' };
export const rawText: RawText = { kind: 'rawText' };
export const rawBytes: RawBytes = { kind: 'rawBytes' };

function bind<S extends Shape, R extends boolean>(
  at: Location,
  shape: S,
  wire: string | undefined,
  isRequired: R,
): Binding<S, R> {
  return { kind: 'binding', at, shape, wire, isRequired };
}

/** A part of the path: the member's name stands in the route's braces. Always there. */
export function label<const S extends Scalar<unknown>>(shape: S): Binding<S, true> {
  return bind('label', shape, undefined, true);
}

/** A header field, its name in lower case. A list is separated by commas. */
export function header<const S extends Scalar<unknown> | AnyList>(
  name: string,
  shape: S,
): Binding<S, false> {
  return bind('header', shape, name, false);
}

/** All header fields whose names begin so, keyed by the rest of their names in lower case. */
export function prefix(name: string): Binding<MapOf<Scalar<string>>, false> {
  return bind('prefix', map(string), name, false);
}

/** A query parameter. */
export function query<const S extends Scalar<unknown>>(name: string, shape: S): Binding<S, false> {
  return bind('query', shape, name, false);
}

type PayloadRequired<S> = S extends Stream ? true : false;

/**
 * The whole body: a struct's members or a scalar's text inside the element `root` (the member's
 * name unless given), raw text or bytes, or a stream. A stream is always there, if only empty.
 */
export function payload<const S extends Shape>(
  shape: S,
  root?: string,
): Binding<S, PayloadRequired<S>> {
  return bind('payload', shape, root, (shape.kind === 'stream') as PayloadRequired<S>);
}

/** An attribute of the struct's own element; a reader minds only what follows the colon. */
export function attribute<const S extends Scalar<unknown>>(
  name: string,
  shape: S,
): Binding<S, false> {
  return bind('attribute', shape, name, false);
}

/** The status of the answer, where the handler chooses it (206 of GetObject). */
export function status<const S extends Scalar<number>>(shape: S): Binding<S, false> {
  return bind('status', shape, undefined, false);
}

type Bound<B, R extends boolean> = B extends Binding<infer S> ? Binding<S, R> : never;
type AsBinding<T> = T extends Binding ? T : T extends Shape ? Binding<T, false> : never;

/** A member as a binding, whichever way it was declared. */
export function bindingOf(member: Shape | Binding): Binding {
  return member.kind === 'binding' ? member : bind('body', member, undefined, false);
}

/** The same member under another name on the wire: element, parameter or payload root. */
export function named<const T extends Shape | Binding>(wire: string, member: T): AsBinding<T> {
  return { ...bindingOf(member), wire } as AsBinding<T>;
}

/** The same member, always there. */
export function required<const T extends Shape | Binding>(member: T): Bound<AsBinding<T>, true> {
  return { ...bindingOf(member), isRequired: true } as Bound<AsBinding<T>, true>;
}

/** The same list or map, flat. */
export function flat<const T extends Shape | Binding>(member: T): AsBinding<T> {
  const binding = bindingOf(member);
  return { ...binding, shape: { ...binding.shape, flat: true } } as AsBinding<T>;
}
