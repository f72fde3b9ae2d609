import type { Handlers } from '../../wire/index.ts';
import type * as declarations from '../api/index.ts';
import type { IamContext } from '../handler.ts';
import * as accessKeys from './access-keys.ts';
import * as account from './account.ts';
import * as attachments from './attachments.ts';
import * as groups from './groups.ts';
import * as inlinePolicies from './inline-policies.ts';
import * as mfaDevices from './mfa-devices.ts';
import * as policies from './policies.ts';
import * as users from './users.ts';

/** The handler of each declared operation; the compiler says when one is missing. */
export const handlers: Handlers<typeof declarations, IamContext> = {
  CreateUser: users.createUser,
  GetUser: users.getUser,
  ListUsers: users.listUsers,
  UpdateUser: users.updateUser,
  DeleteUser: users.deleteUser,
  PutUserPermissionsBoundary: users.putUserPermissionsBoundary,
  DeleteUserPermissionsBoundary: users.deleteUserPermissionsBoundary,
  TagUser: users.tagUser,
  UntagUser: users.untagUser,
  ListUserTags: users.listUserTags,
  CreateGroup: groups.createGroup,
  GetGroup: groups.getGroup,
  ListGroups: groups.listGroups,
  UpdateGroup: groups.updateGroup,
  DeleteGroup: groups.deleteGroup,
  AddUserToGroup: groups.addUserToGroup,
  RemoveUserFromGroup: groups.removeUserFromGroup,
  ListGroupsForUser: groups.listGroupsForUser,
  CreatePolicy: policies.createPolicy,
  GetPolicy: policies.getPolicy,
  ListPolicies: policies.listPolicies,
  DeletePolicy: policies.deletePolicy,
  CreatePolicyVersion: policies.createPolicyVersion,
  GetPolicyVersion: policies.getPolicyVersion,
  ListPolicyVersions: policies.listPolicyVersions,
  DeletePolicyVersion: policies.deletePolicyVersion,
  SetDefaultPolicyVersion: policies.setDefaultPolicyVersion,
  TagPolicy: policies.tagPolicy,
  UntagPolicy: policies.untagPolicy,
  ListPolicyTags: policies.listPolicyTags,
  PutUserPolicy: inlinePolicies.putUserPolicy,
  GetUserPolicy: inlinePolicies.getUserPolicy,
  ListUserPolicies: inlinePolicies.listUserPolicies,
  DeleteUserPolicy: inlinePolicies.deleteUserPolicy,
  PutGroupPolicy: inlinePolicies.putGroupPolicy,
  GetGroupPolicy: inlinePolicies.getGroupPolicy,
  ListGroupPolicies: inlinePolicies.listGroupPolicies,
  DeleteGroupPolicy: inlinePolicies.deleteGroupPolicy,
  AttachUserPolicy: attachments.attachUserPolicy,
  DetachUserPolicy: attachments.detachUserPolicy,
  ListAttachedUserPolicies: attachments.listAttachedUserPolicies,
  AttachGroupPolicy: attachments.attachGroupPolicy,
  DetachGroupPolicy: attachments.detachGroupPolicy,
  ListAttachedGroupPolicies: attachments.listAttachedGroupPolicies,
  ListEntitiesForPolicy: attachments.listEntitiesForPolicy,
  CreateAccessKey: accessKeys.createAccessKey,
  UpdateAccessKey: accessKeys.updateAccessKey,
  DeleteAccessKey: accessKeys.deleteAccessKey,
  ListAccessKeys: accessKeys.listAccessKeys,
  GetAccessKeyLastUsed: accessKeys.getAccessKeyLastUsed,
  GetAccountSummary: account.getAccountSummary,
  CreateVirtualMFADevice: mfaDevices.createVirtualMFADevice,
  DeleteVirtualMFADevice: mfaDevices.deleteVirtualMFADevice,
  ListVirtualMFADevices: mfaDevices.listVirtualMFADevices,
  EnableMFADevice: mfaDevices.enableMFADevice,
  DeactivateMFADevice: mfaDevices.deactivateMFADevice,
  ResyncMFADevice: mfaDevices.resyncMFADevice,
  GetMFADevice: mfaDevices.getMFADevice,
  ListMFADevices: mfaDevices.listMFADevices,
  TagMFADevice: mfaDevices.tagMFADevice,
  UntagMFADevice: mfaDevices.untagMFADevice,
  ListMFADeviceTags: mfaDevices.listMFADeviceTags,
};
