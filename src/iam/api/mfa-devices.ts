import {
  action,
  blob,
  isoDate,
  list,
  map,
  oneOf,
  required,
  string,
  struct,
} from '../../wire/index.ts';
import { onMfaDevice, onNewMfaDevice, onUser } from './resources.ts';
import { authenticationCode, mfaDeviceName, path, serialNumber, userName } from './scalars.ts';
import { pageInput, pageOutput, Tag, tagKeyList, tagList, User } from './shapes.ts';

/**
 * Whose device it is, is decided on the user; the device itself, on the device ("Actions, resources,
 * and condition keys for AWS Identity and Access Management").
 */
const device = { SerialNumber: required(serialNumber) } as const;
const codes = {
  AuthenticationCode1: required(authenticationCode),
  AuthenticationCode2: required(authenticationCode),
} as const;

const VirtualMFADevice = struct({
  SerialNumber: required(serialNumber),
  /** Base 32 within the base64 of a blob. */
  Base32StringSeed: blob,
  QRCodePNG: blob,
  User,
  EnableDate: isoDate,
  Tags: list(Tag),
});

export const CreateVirtualMFADevice = action('CreateVirtualMFADevice', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0
      ? ['iam:CreateVirtualMFADevice', 'iam:TagMFADevice']
      : ['iam:CreateVirtualMFADevice'],
  on: onNewMfaDevice,
  input: { VirtualMFADeviceName: required(mfaDeviceName), Path: path, Tags: tagList },
  output: { VirtualMFADevice: required(VirtualMFADevice) },
});

export const DeleteVirtualMFADevice = action('DeleteVirtualMFADevice', {
  allows: 'iam:DeleteVirtualMFADevice',
  on: onMfaDevice,
  input: device,
  output: {},
});

export const ListVirtualMFADevices = action('ListVirtualMFADevices', {
  allows: 'iam:ListVirtualMFADevices',
  input: { AssignmentStatus: oneOf('Assigned', 'Unassigned', 'Any'), ...pageInput },
  output: { VirtualMFADevices: required(list(VirtualMFADevice)), ...pageOutput },
});

export const EnableMFADevice = action('EnableMFADevice', {
  allows: 'iam:EnableMFADevice',
  on: onUser,
  input: { UserName: required(userName), ...device, ...codes },
  output: {},
});

export const DeactivateMFADevice = action('DeactivateMFADevice', {
  allows: 'iam:DeactivateMFADevice',
  on: onUser,
  input: { UserName: userName, ...device },
  output: {},
});

export const ResyncMFADevice = action('ResyncMFADevice', {
  allows: 'iam:ResyncMFADevice',
  on: onUser,
  input: { UserName: required(userName), ...device, ...codes },
  output: {},
});

export const GetMFADevice = action('GetMFADevice', {
  allows: 'iam:GetMFADevice',
  on: onUser,
  input: { UserName: userName, ...device },
  output: {
    UserName: userName,
    SerialNumber: required(serialNumber),
    EnableDate: isoDate,
    /** Of FIDO security keys; virtual devices have none. */
    Certifications: map(string),
  },
});

export const ListMFADevices = action('ListMFADevices', {
  allows: 'iam:ListMFADevices',
  on: onUser,
  input: { UserName: userName, ...pageInput },
  output: {
    MFADevices: required(
      list(
        struct({
          UserName: userName,
          SerialNumber: required(serialNumber),
          EnableDate: required(isoDate),
        }),
      ),
    ),
    ...pageOutput,
  },
});

export const TagMFADevice = action('TagMFADevice', {
  allows: 'iam:TagMFADevice',
  on: onMfaDevice,
  input: { ...device, Tags: required(tagList) },
  output: {},
});

export const UntagMFADevice = action('UntagMFADevice', {
  allows: 'iam:UntagMFADevice',
  on: onMfaDevice,
  input: { ...device, TagKeys: required(tagKeyList) },
  output: {},
});

export const ListMFADeviceTags = action('ListMFADeviceTags', {
  allows: 'iam:ListMFADeviceTags',
  on: onMfaDevice,
  input: { ...device, ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
