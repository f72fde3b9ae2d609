import type { Core } from './core.ts';
import { findDeviceIn, seedOf } from './mfa-devices.ts';
import type { AccessKey } from './model.ts';
import { mfaUses, type MfaUse } from './records.ts';
import { CODE_DIGITS, findStep, stepAt } from './totp.ts';

/**
 * `wrongCode` is also the answer to a code that was used before, and to any code for a while after
 * many wrong ones; `notHeld` means that the device is not that user's.
 */
export type MfaVerdict = 'valid' | 'wrongCode' | 'notHeld';

/** Steps by which the device's clock may be off (RFC 6238, section 5.2, recommends one). */
const WINDOW_STEPS = 1;
/** Wrong codes that cost nothing: people mistype, or are late. */
const FREE_FAILURES = 5;
const FIRST_PAUSE_MS = 30_000;
/**
 * Three of a million codes are right at any time, so at one guess in 15 minutes for ever a guesser
 * needs years (RFC 4226, section 7.3), and whoever was locked out by one does not wait long.
 */
const PAUSE_MS_MAX = 15 * 60_000;

const NEVER_USED: MfaUse = { lastStep: -1, clockSteps: 0, failures: 0, failedAtMs: 0 };
const CODE = new RegExp(`^[0-9]{${CODE_DIGITS}}$`);

export function mfaCheckMethods(core: Core) {
  return {
    /**
     * Whether this is the code that the user's (or root's) device shows now. A valid code is used
     * up: of two who bring the same one, in whatever process, one is refused.
     */
    verifyMfa: (
      account: string,
      holder: AccessKey['owner'],
      serial: string,
      code: string,
    ): Promise<MfaVerdict> =>
      core.transact(async (tx) => {
        const device = await findDeviceIn(tx, account, serial);
        if (device?.holder === undefined || !isSame(device.holder, holder)) return 'notHeld';
        if (!CODE.test(code)) return 'wrongCode';
        const use = (await tx.get(mfaUses, serial)) ?? NEVER_USED;
        const nowMs = core.clock.nowMs();
        if (nowMs < use.failedAtMs + pauseMs(use.failures)) return 'wrongCode';
        const expected = stepAt(nowMs) + use.clockSteps;
        const step = findStep(seedOf(core, device), [code], {
          from: Math.max(expected - WINDOW_STEPS, use.lastStep + 1),
          to: expected + WINDOW_STEPS,
        });
        if (step === undefined) {
          tx.set(mfaUses, { ...use, failures: use.failures + 1, failedAtMs: nowMs }, serial);
          return 'wrongCode';
        }
        tx.set(mfaUses, { ...use, lastStep: step, failures: 0 }, serial);
        return 'valid';
      }),
  };
}

function isSame(one: AccessKey['owner'], other: AccessKey['owner']): boolean {
  return one.kind === 'user' ? other.kind === 'user' && one.id === other.id : other.kind === 'root';
}

/** How long after the last of so many wrong codes no code is looked at. */
function pauseMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), PAUSE_MS_MAX);
}
