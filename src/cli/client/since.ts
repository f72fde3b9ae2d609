import { UsageError } from '../command.ts';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(\d{1,6})([mhd])$/;

/** The time that `30d`, `12h` or `5m` before now is, or a date itself, in ISO 8601. */
export function sinceOf(text: string, nowMs: number): string {
  const [, amount, unit = ''] = AGO.exec(text) ?? [];
  const atMs = amount === undefined ? Date.parse(text) : nowMs - Number(amount) * UNIT_MS[unit]!;
  if (Number.isNaN(atMs)) throw new UsageError(`Not a time: "${text}". Write 30d, 12h or a date`);
  return new Date(atMs).toISOString();
}
