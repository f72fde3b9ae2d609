/** S3 tells times in whole seconds, also where the format has room for milliseconds. */
export function wholeSecond(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000);
}
