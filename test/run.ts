import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * Runs the whole of `npm test` in three phases and adds their counts up, because what can share the
 * cores does and what would fight over them does not.
 */
interface Phase {
  readonly name: string;
  readonly files: readonly string[];
  readonly concurrency: number;
  /** A file that takes longer hangs; it is ended and counts as a failure. */
  readonly fileTimeoutMs: number;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const MINUTE_MS = 60_000;

function phasesOf(asked: readonly string[]): Phase[] {
  if (asked.length > 0) {
    return [{ name: 'asked', files: asked, concurrency: 1, fileTimeoutMs: 10 * MINUTE_MS }];
  }
  const cores = Math.min(availableParallelism(), 4);
  const found = (pattern: string): string[] => globSync(pattern).sort();
  return [
    {
      name: 'checks',
      files: found('test/*.test.ts'),
      concurrency: cores,
      fileTimeoutMs: 5 * MINUTE_MS,
    },
    {
      name: 'units',
      files: found('src/**/*.test.ts'),
      concurrency: cores,
      fileTimeoutMs: 5 * MINUTE_MS,
    },
    {
      name: 'clients',
      files: found('test/clients/*.test.ts'),
      concurrency: Math.min(cores, 2),
      fileTimeoutMs: 15 * MINUTE_MS,
    },
    {
      name: 'faults and the rest',
      files: found('test/*/**/*.test.ts').filter((file) => !file.startsWith('test/clients/')),
      concurrency: 1,
      fileTimeoutMs: 15 * MINUTE_MS,
    },
  ];
}

async function runPhase(phase: Phase, counts: Counts): Promise<void> {
  process.stdout.write(`\n== ${phase.name}: ${phase.files.length} files\n`);
  const events = run({
    files: [...phase.files],
    concurrency: phase.concurrency,
    timeout: phase.fileTimeoutMs,
  });
  events.on('test:summary', (summary) => {
    // Every file reports itself as well; the sum over all of them is the one without a file.
    if (summary.file !== undefined) return;
    counts.passed += summary.counts.passed;
    counts.failed += summary.counts.tests - summary.counts.passed - summary.counts.skipped;
    counts.failed -= summary.counts.todo;
    counts.skipped += summary.counts.skipped + summary.counts.todo;
  });
  for await (const text of events.compose(spec)) process.stdout.write(String(text));
}

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const startedAtMs = performance.now();
for (const phase of phasesOf(process.argv.slice(2))) {
  // Without files the runner would look for some by itself.
  if (phase.files.length > 0) await runPhase(phase, counts);
}
const seconds = Math.round((performance.now() - startedAtMs) / 1000);
process.stdout.write(`\n${seconds} s\n`);
process.stdout.write(
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
