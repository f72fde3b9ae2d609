import type { KeyOwner } from './access-keys.ts';
import { readRecord, recordReader, type Core } from './core.ts';
import { entityIn, readEntity, USER } from './entity.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { deviceIn, findDeviceIn, placeOf, seedOf, withoutSeed } from './mfa-devices.ts';
import type { AccessKey, MfaDevice } from './model.ts';
import { accounts, counters, mfaDevices, mfaUses, users } from './records.ts';
import type { MfaDeviceRecord } from './records.ts';
import { findStep, stepAt } from './totp.ts';
import type { Transaction } from './transaction.ts';

/** Two codes that the device showed one after the other. */
export type TwoCodes = readonly [first: string, second: string];

/**
 * Where the first of two codes is looked for: the person waits for the second, then sends both, and
 * either clock may be off by a step.
 */
const ENABLING = { stepsBack: 3, stepsAhead: 0 };
/**
 * Two codes tell one step of a million million, so they may be looked for widely: ten minutes to
 * either side, more than a clock that anybody looks at is wrong.
 */
const RESYNCING = { stepsBack: 20, stepsAhead: 20 };

/** Who has which MFA device. */
export function mfaHolderMethods(core: Core) {
  return {
    enableMfaDevice: (account: string, owner: KeyOwner, serial: string, codes: TwoCodes) =>
      enable(core, account, owner, serial, codes),
    /** The device stays, to be deleted or enabled again by whoever has its seed. */
    deactivateMfaDevice: (account: string, owner: KeyOwner, serial: string): Promise<void> =>
      core.transact(async (tx) => {
        const { device, holder } = await heldIn(tx, account, owner, serial);
        const { holder: _, enabledAtMs: __, ...free } = device;
        tx.set(mfaDevices, free, account, placeOf(device));
        holder.setSerials(holder.serials.filter((other) => other !== serial));
        tx.add(counters, -1, account, 'mfaDevicesInUse');
      }),
    /** Learns how far the device's clock is off. */
    resyncMfaDevice: (account: string, owner: KeyOwner, serial: string, codes: TwoCodes) =>
      core.transact(async (tx) => {
        const { device } = await heldIn(tx, account, owner, serial);
        const use = await tx.get(mfaUses, serial);
        const now = stepAt(core.clock.nowMs());
        const first = stepOfCodes(core, device, codes, now, RESYNCING);
        // Codes that were seen before prove nothing.
        if (first === undefined || first <= (use?.lastStep ?? -1)) throw invalidCodes();
        const isOnTime = first >= now - ENABLING.stepsBack && first <= now;
        const clockSteps = isOnTime ? 0 : first + 1 - now;
        tx.set(mfaUses, { lastStep: first + 1, clockSteps, failures: 0, failedAtMs: 0 }, serial);
      }),

    /** In the order of enabling; throws NoSuchEntity for a user who is not there. */
    async listMfaDevicesOf(account: string, owner: KeyOwner): Promise<readonly MfaDevice[]> {
      const serials =
        owner.kind === 'user'
          ? (await readEntity(core, USER, account, owner.name)).mfaSerials
          : ((await readRecord(core, accounts, account))?.rootMfaSerials ?? []);
      const found = await Promise.all(
        serials.map((serial) => findDeviceIn(recordReader(core), account, serial)),
      );
      return found.filter((device) => device !== undefined).map(withoutSeed);
    },
  };
}

function enable(
  core: Core,
  account: string,
  owner: KeyOwner,
  serial: string,
  codes: TwoCodes,
): Promise<void> {
  return core.transact(async (tx) => {
    const holder = await holderIn(tx, account, owner);
    const device = await deviceIn(tx, account, serial);
    if (device.holder !== undefined) {
      throw new IdentityError('EntityAlreadyExists', 'MFA Device is already in use.');
    }
    const { mfaDevicesPerUser } = core.quotas;
    if (holder.serials.length >= mfaDevicesPerUser) {
      throw quotaExceeded('MFADevicesPerUser', mfaDevicesPerUser);
    }
    const nowMs = core.clock.nowMs();
    const first = stepOfCodes(core, device, codes, stepAt(nowMs), ENABLING);
    if (first === undefined) throw invalidCodes();
    const enabled = { ...device, holder: holder.holder, enabledAtMs: nowMs };
    tx.set(mfaDevices, enabled, account, placeOf(device));
    tx.set(mfaUses, { lastStep: first + 1, clockSteps: 0, failures: 0, failedAtMs: 0 }, serial);
    holder.setSerials([...holder.serials, serial]);
    tx.add(counters, 1, account, 'mfaDevicesInUse');
  });
}

function stepOfCodes(
  core: Core,
  device: MfaDeviceRecord,
  codes: TwoCodes,
  now: number,
  { stepsBack, stepsAhead }: { readonly stepsBack: number; readonly stepsAhead: number },
): number | undefined {
  return findStep(seedOf(core, device), codes, { from: now - stepsBack, to: now + stepsAhead });
}

function invalidCodes(): IdentityError {
  return new IdentityError(
    'InvalidAuthenticationCode',
    'Authentication code for device is not valid.',
  );
}

/** The record that lists the holder's devices. */
interface Holder {
  readonly holder: AccessKey['owner'];
  readonly serials: readonly string[];
  setSerials(serials: readonly string[]): void;
}

async function holderIn(tx: Transaction, account: string, owner: KeyOwner): Promise<Holder> {
  if (owner.kind === 'user') {
    const user = await entityIn(tx, USER, account, owner.name);
    return {
      holder: { kind: 'user', id: user.id },
      serials: user.mfaSerials,
      setSerials: (mfaSerials) => tx.set(users, { ...user, mfaSerials }, account, user.id),
    };
  }
  const record = await tx.get(accounts, account);
  if (record === undefined) {
    throw new IdentityError('NoSuchEntity', `Account ${account} cannot be found.`);
  }
  return {
    holder: { kind: 'root' },
    serials: record.rootMfaSerials,
    setSerials: (rootMfaSerials) => tx.set(accounts, { ...record, rootMfaSerials }, account),
  };
}

async function heldIn(
  tx: Transaction,
  account: string,
  owner: KeyOwner,
  serial: string,
): Promise<{ readonly device: MfaDeviceRecord; readonly holder: Holder }> {
  const holder = await holderIn(tx, account, owner);
  const device = holder.serials.includes(serial)
    ? await findDeviceIn(tx, account, serial)
    : undefined;
  if (device === undefined) {
    throw new IdentityError('NoSuchEntity', 'MFA Device invalid for user.');
  }
  return { device, holder };
}
