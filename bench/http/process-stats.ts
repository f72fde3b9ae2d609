import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of processes with all their threads, in microseconds. */
export function cpuMicros(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field may hold spaces and ends in the last parenthesis; 14 and 15 are the times.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** Forgets the peaks so far, so that `peakMemory` tells of what follows. */
export function resetPeakMemory(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Without the right to do so the peak is that since the start.
    }
  }
}

/** Largest resident memory since the reset, in bytes. */
export function peakMemory(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statusKib(pid, 'VmHWM') * 1024, 0);
}

export function residentMemory(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statusKib(pid, 'VmRSS') * 1024, 0);
}

function statusKib(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
}

/** A process and the processes that it started. */
export function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
  );
  return [pid, ...children.map(Number).flatMap(family)];
}
