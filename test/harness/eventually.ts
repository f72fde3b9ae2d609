/** Waits for a promise, and says what did not happen, and what was seen instead, when it takes too long. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  promise: Promise<T>,
  seen: () => string = () => '',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Not within ${timeoutMs} ms: ${what}\n${seen()}`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
