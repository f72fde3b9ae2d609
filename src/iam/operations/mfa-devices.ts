import { utf8 } from '../../base/bytes.ts';
import { qrCode, qrPng } from '../../base/qr/index.ts';
import {
  IdentityError,
  mfaArn,
  pageOf,
  type IdentityStore,
  type MfaDevice,
} from '../../identity/index.ts';
import type * as api from '../api/mfa-devices.ts';
import type { IamHandler } from '../handler.ts';
import { ownerOf } from '../owner.ts';
import { pageAnswer, pageRequest, slicePage } from '../paging.ts';
import { fromTags, toRoot, toTags, toUser } from '../wire-forms.ts';

export const createVirtualMFADevice: IamHandler<typeof api.CreateVirtualMFADevice> = async (
  { VirtualMFADeviceName, Path, Tags },
  { identity, account },
) => {
  const { device, seed } = await identity.createMfaDevice(account, {
    name: VirtualMFADeviceName,
    path: Path,
    tags: fromTags(Tags),
  });
  const alias = (await identity.findAccount(account))?.alias ?? account;
  // What is in the names needs no escapes in the path of a URI.
  const link = `otpauth://totp/${device.name}@${alias}?secret=${seed}`;
  return {
    VirtualMFADevice: {
      SerialNumber: mfaArn(device),
      Base32StringSeed: utf8(seed),
      QRCodePNG: qrPng(qrCode(link)),
      ...(device.tags.length > 0 ? { Tags: toTags(device.tags) } : {}),
    },
  };
};

export const deleteVirtualMFADevice: IamHandler<typeof api.DeleteVirtualMFADevice> = async (
  { SerialNumber },
  { identity, account },
) => {
  await identity.deleteMfaDevice(account, SerialNumber);
  return {};
};

const IS_ASSIGNED = { Assigned: true, Unassigned: false, Any: undefined } as const;

export const listVirtualMFADevices: IamHandler<typeof api.ListVirtualMFADevices> = async (
  { AssignmentStatus = 'Any', ...input },
  { identity, account },
) => {
  const page = await identity.listMfaDevices(account, {
    ...pageRequest(input),
    isAssigned: IS_ASSIGNED[AssignmentStatus],
  });
  const VirtualMFADevices = await Promise.all(
    page.items.map(async (device) => ({
      SerialNumber: mfaArn(device),
      ...(await holderIn(identity, device)),
    })),
  );
  return { VirtualMFADevices, ...pageAnswer(page) };
};

/** Whose the device is since when; nothing for one that is nobody's. */
async function holderIn(identity: IdentityStore, { account, holder, enabledAtMs }: MfaDevice) {
  if (holder === undefined || enabledAtMs === undefined) return {};
  const EnableDate = new Date(enabledAtMs);
  if (holder.kind === 'root') return { User: await toRoot(identity, account), EnableDate };
  const user = await identity.findUserById(account, holder.id);
  return user === undefined ? {} : { User: toUser(user), EnableDate };
}

export const enableMFADevice: IamHandler<typeof api.EnableMFADevice> = async (
  { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 },
  { identity, account },
) => {
  const codes = [AuthenticationCode1, AuthenticationCode2] as const;
  await identity.enableMfaDevice(account, { kind: 'user', name: UserName }, SerialNumber, codes);
  return {};
};

export const deactivateMFADevice: IamHandler<typeof api.DeactivateMFADevice> = async (
  { UserName, SerialNumber },
  context,
) => {
  const { identity, account } = context;
  await identity.deactivateMfaDevice(account, await ownerOf(UserName, context), SerialNumber);
  return {};
};

export const resyncMFADevice: IamHandler<typeof api.ResyncMFADevice> = async (
  { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 },
  { identity, account },
) => {
  const codes = [AuthenticationCode1, AuthenticationCode2] as const;
  await identity.resyncMfaDevice(account, { kind: 'user', name: UserName }, SerialNumber, codes);
  return {};
};

export const getMFADevice: IamHandler<typeof api.GetMFADevice> = async (
  { UserName, SerialNumber },
  context,
) => {
  const { identity, account } = context;
  const owner = await ownerOf(UserName, context);
  const devices = await identity.listMfaDevicesOf(account, owner);
  const device = devices.find((one) => mfaArn(one) === SerialNumber);
  if (device === undefined) {
    throw new IdentityError('NoSuchEntity', 'MFA Device invalid for user.');
  }
  return toHeld(device, owner);
};

export const listMFADevices: IamHandler<typeof api.ListMFADevices> = async (
  { UserName, ...input },
  context,
) => {
  const { identity, account } = context;
  const owner = await ownerOf(UserName, context);
  const page = slicePage(await identity.listMfaDevicesOf(account, owner), input);
  return { MFADevices: page.items.map((device) => toHeld(device, owner)), ...pageAnswer(page) };
};

function toHeld(device: MfaDevice, owner: Awaited<ReturnType<typeof ownerOf>>) {
  return {
    ...(owner.kind === 'user' ? { UserName: owner.name } : {}),
    SerialNumber: mfaArn(device),
    EnableDate: new Date(device.enabledAtMs ?? device.createdAtMs),
  };
}

export const tagMFADevice: IamHandler<typeof api.TagMFADevice> = async (
  { SerialNumber, Tags },
  { identity, account },
) => {
  await identity.tagMfaDevice(account, SerialNumber, fromTags(Tags));
  return {};
};

export const untagMFADevice: IamHandler<typeof api.UntagMFADevice> = async (
  { SerialNumber, TagKeys },
  { identity, account },
) => {
  await identity.untagMfaDevice(account, SerialNumber, TagKeys);
  return {};
};

export const listMFADeviceTags: IamHandler<typeof api.ListMFADeviceTags> = async (
  { SerialNumber, ...input },
  { identity, account },
) => {
  const { tags } = await identity.getMfaDevice(account, SerialNumber);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};
