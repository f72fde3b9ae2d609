import { globSync, writeFileSync } from 'node:fs';
import type { Workplace } from './workplace.ts';

/** Debian's `libfaketime`, in the folder of whatever processor this is. */
const LIBRARY = '/usr/lib/*/faketime/libfaketimeMT.so.1';

/** The library by which programs take the time from a file; undefined where it is not installed. */
export function findClockLibrary(): string | undefined {
  return globSync(LIBRARY)[0];
}

/**
 * Variables of programs whose clock goes by a file, which says how far it is ahead (`+61m`). All
 * that have them move together, each within a second of the file's change.
 */
export function movingClock(place: Workplace): Readonly<Record<string, string>> {
  const file = place.path('clock');
  writeFileSync(file, '+0m');
  return {
    CLOCK: file,
    LD_PRELOAD: findClockLibrary() ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    // Seconds: to read the file for every look at the clock would be slow.
    FAKETIME_CACHE_DURATION: '1',
    // The times of files are their own.
    NO_FAKE_STAT: '1',
  };
}
