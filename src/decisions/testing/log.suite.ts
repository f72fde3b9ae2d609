import type { Clock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { createSeal, MASTER_KEY_SIZE } from '../../identity/index.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { DecisionLog } from '../decision-log.ts';
import { NO_EXCHANGE } from '../exchange.ts';

/** A log of one thread over a store in memory of its own. */
export function openTestLog(clock: Clock): DecisionLog {
  const seal = createSeal(new Uint8Array(MASTER_KEY_SIZE).fill(1));
  const kv = openMemoryStore();
  return new DecisionLog({ kv, clock, seal, log: silentLog, exchange: NO_EXCHANGE });
}
