import type { RequestBody } from '../base/http.ts';

/** Turns what comes in into what goes out, synchronously and without copying it. */
export interface BodyTransform {
  /** Whether each input is given out again as it is. */
  readonly keepsPieces?: true;
  /** Takes the next input. Only called when `next` has nothing more to give. */
  feed(chunk: Uint8Array): void;
  /** The next output that the inputs so far give; undefined when there is none. */
  next(): Uint8Array | undefined;
  /** There is no more input. Throws when something is missing. */
  end(): void;
}

/**
 * A body seen through a transform. Outputs that are already here cost no wait for the source. Once
 * the transform throws, the source is closed and the body is at its end.
 */
export function transformBody(
  body: RequestBody,
  transform: BodyTransform,
  length: number | undefined,
): RequestBody {
  return {
    length,
    takeWhole: () => wholeThrough(body, transform),
    [Symbol.asyncIterator]: () => new TransformIterator(body, transform),
  };
}

function wholeThrough(body: RequestBody, transform: BodyTransform): Uint8Array | undefined {
  const input = transform.keepsPieces ? body.takeWhole?.() : undefined;
  if (input === undefined) return undefined;
  transform.feed(input);
  const output = transform.next();
  transform.end();
  return output;
}

class TransformIterator implements AsyncIterator<Uint8Array> {
  readonly #body: RequestBody;
  readonly #transform: BodyTransform;
  #source: AsyncIterator<Uint8Array> | undefined;
  #isDone = false;

  constructor(body: RequestBody, transform: BodyTransform) {
    this.#body = body;
    this.#transform = transform;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isDone) return { done: true, value: undefined };
    this.#source ??= this.#body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const value = this.#transform.next();
        if (value !== undefined) return { done: false, value };
        const input = await this.#source.next();
        if (input.done === true) {
          this.#isDone = true;
          this.#transform.end();
          return { done: true, value: undefined };
        }
        this.#transform.feed(input.value);
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#isDone = true;
    const source = this.#source ?? this.#body[Symbol.asyncIterator]();
    this.#source = source;
    await source.return?.();
    return { done: true, value: undefined };
  }
}
