import { base32 } from '../base/base32.ts';
import { base64, fromBase64 } from '../base/bytes.ts';
import { assert } from '../base/assert.ts';
import { secureBytes } from '../base/random.ts';
import { mfaArn, parseIamArn } from './arn.ts';
import { readCounter, recordReader, walkRecords, type Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import type { MfaDevice, Page, PageRequest, Tags } from './model.ts';
import { counters, mfaDevices, mfaUses, type MfaDeviceRecord } from './records.ts';
import { mergeTags, withoutTags } from './tags.ts';
import type { Transaction } from './transaction.ts';

export interface CreateMfaDevice {
  readonly name: string;
  readonly path?: string | undefined;
  readonly tags?: Tags | undefined;
}

export interface NewMfaDevice {
  readonly device: MfaDevice;
  /** In base 32; given out this once. */
  readonly seed: string;
}

export interface ListMfaDevices extends PageRequest {
  readonly isAssigned?: boolean | undefined;
}

/** AWS's seeds are 64 symbols of base 32. */
const SEED_SIZE = 40;
/** Of serial numbers in requests: what is longer could never be named again. */
const SERIAL_LENGTH_MAX = 256;

/** Virtual MFA devices as things of the account; whose they are is `mfa-holders.ts`. */
export function mfaDeviceMethods(core: Core) {
  return {
    createMfaDevice: (account: string, request: CreateMfaDevice) =>
      createDevice(core, account, request),
    /** Refused while somebody has it. */
    deleteMfaDevice: (account: string, serial: string): Promise<void> =>
      core.transact(async (tx) => {
        const device = await deviceIn(tx, account, serial);
        if (device.holder !== undefined) {
          throw new IdentityError(
            'DeleteConflict',
            'MFA VirtualDevice in use. Must deactivate first.',
          );
        }
        tx.delete(mfaDevices, account, placeOf(device));
        tx.delete(mfaUses, serial);
        tx.add(counters, -1, account, 'mfaDevices');
      }),
    async findMfaDevice(account: string, serial: string): Promise<MfaDevice | undefined> {
      const device = await findDeviceIn(recordReader(core), account, serial);
      return device && withoutSeed(device);
    },
    /** Throws NoSuchEntity. */
    getMfaDevice: async (account: string, serial: string): Promise<MfaDevice> =>
      withoutSeed(await deviceIn(recordReader(core), account, serial)),
    listMfaDevices: (account: string, request: ListMfaDevices) =>
      listDevices(core, account, request),
    tagMfaDevice: (account: string, serial: string, tags: Tags) =>
      changeTags(core, account, serial, (old) => mergeTags(old, tags, 'exact', core.quotas)),
    untagMfaDevice: (account: string, serial: string, keys: readonly string[]) =>
      changeTags(core, account, serial, (old) => withoutTags(old, keys, 'exact')),
  };
}

async function createDevice(
  core: Core,
  account: string,
  request: CreateMfaDevice,
): Promise<NewMfaDevice> {
  const { name, path = '/', tags = [] } = request;
  const serial = mfaArn({ account, path, name });
  if (serial.length > SERIAL_LENGTH_MAX) {
    throw new IdentityError(
      'InvalidInput',
      `The serial number of path and name would have more than ${SERIAL_LENGTH_MAX} characters.`,
    );
  }
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'mfaDevices');
  const seed = secureBytes(SEED_SIZE);
  return core.transact(async (tx) => {
    if ((await tx.get(mfaDevices, account, path + name)) !== undefined) {
      throw new IdentityError(
        'EntityAlreadyExists',
        'MFADevice entity at the same path and name already exists.',
      );
    }
    // "Equal to the user quota for the account."
    const { usersPerAccount } = core.quotas;
    if (count >= usersPerAccount) throw quotaExceeded('VirtualMfaDevices', usersPerAccount);
    const device: MfaDevice = {
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      tags: mergeTags([], tags, 'exact', core.quotas),
    };
    const sealedSeed = core.seal.seal(base64(seed), serial);
    tx.set(mfaDevices, { ...device, sealedSeed }, account, path + name);
    tx.add(counters, 1, account, 'mfaDevices');
    return { device, seed: base32(seed) };
  });
}

async function listDevices(
  core: Core,
  account: string,
  { after, limit, isAssigned }: ListMfaDevices,
): Promise<Page<MfaDevice>> {
  const startAt = after === undefined ? undefined : mfaDevices.key(account, after);
  const items: MfaDevice[] = [];
  const walk = walkRecords(core, mfaDevices, [account], { startAt, rowsWanted: limit + 1 });
  for await (const { record } of walk) {
    if (isAssigned !== undefined && isAssigned !== (record.holder !== undefined)) continue;
    if (items.length === limit) return { items, next: placeOf(record) };
    items.push(withoutSeed(record));
  }
  return { items, next: undefined };
}

function changeTags(
  core: Core,
  account: string,
  serial: string,
  change: (tags: Tags) => Tags,
): Promise<void> {
  return core.transact(async (tx) => {
    const device = await deviceIn(tx, account, serial);
    const tags = change(device.tags);
    tx.set(mfaDevices, { ...device, tags }, account, placeOf(device));
  });
}

/** The device, or NoSuchEntity. */
export async function deviceIn(
  tx: Pick<Transaction, 'get'>,
  account: string,
  serial: string,
): Promise<MfaDeviceRecord> {
  const device = await findDeviceIn(tx, account, serial);
  if (device === undefined) throw noSuchDevice(serial);
  return device;
}

export async function findDeviceIn(
  tx: Pick<Transaction, 'get'>,
  account: string,
  serial: string,
): Promise<MfaDeviceRecord | undefined> {
  const place = placeIn(account, serial);
  return place === undefined ? undefined : tx.get(mfaDevices, account, place);
}

export function placeOf({ path, name }: Pick<MfaDevice, 'path' | 'name'>): string {
  return path + name;
}

/** Where the device of this serial number lies; undefined for other accounts' and hardware's. */
function placeIn(account: string, serial: string): string | undefined {
  const arn = parseIamArn(serial);
  return arn?.kind === 'mfa' && arn.account === account ? placeOf(arn) : undefined;
}

export function seedOf({ seal }: Core, device: MfaDeviceRecord): Uint8Array {
  const seed = fromBase64(seal.open(device.sealedSeed, mfaArn(device)));
  assert(seed?.byteLength === SEED_SIZE, 'A sealed seed is whole');
  return seed;
}

export function withoutSeed(record: MfaDeviceRecord): MfaDevice {
  const { sealedSeed: _, ...device } = record;
  return device;
}

function noSuchDevice(serial: string): IdentityError {
  return new IdentityError(
    'NoSuchEntity',
    `VirtualMFADevice with serial number ${serial} doesn't exist.`,
  );
}
