import type { Clock } from '../base/clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { accessKeyMethods } from './access-keys.ts';
import { accountAliasMethods } from './account-aliases.ts';
import { accountMethods } from './accounts.ts';
import { attachmentMethods } from './attachments.ts';
import { readCounter, readRecord, type Core } from './core.ts';
import { groupMethods } from './groups.ts';
import { inlinePolicyMethods } from './inline-policies.ts';
import { instanceProfileMethods } from './instance-profiles.ts';
import { KeyUseNotes } from './key-use.ts';
import { loginProfileMethods } from './login-profiles.ts';
import { mfaCheckMethods } from './mfa-check.ts';
import { mfaDeviceMethods } from './mfa-devices.ts';
import { mfaHolderMethods } from './mfa-holders.ts';
import { oidcProviderMethods } from './oidc-providers.ts';
import { pinningMethods } from './pinning.ts';
import type { HashPlaces } from './password-hash.ts';
import { passwordPolicyMethods } from './password-policy.ts';
import { policyMethods } from './policies.ts';
import { policyListingMethods } from './policy-listing.ts';
import { DEFAULT_QUOTAS, type Quotas } from './quotas.ts';
import { ReadSide } from './read-side.ts';
import { reportMethods } from './reports.ts';
import { roleMethods } from './roles.ts';
import { sealProofs, type CounterName } from './records.ts';
import { createSeal, type Seal } from './seal.ts';
import { sessionMethods } from './sessions/mint.ts';
import { createSessionTokens } from './sessions/token.ts';
import { ServiceUseNotes } from './service-use.ts';
import { createTransactor } from './transaction.ts';
import { userMethods } from './users.ts';

export interface IdentityStoreOptions {
  readonly kv: KeyValueStore;
  readonly clock: Clock;
  /** 32 bytes under which secrets are sealed; kept anywhere but in the store. */
  readonly masterKey: Uint8Array;
  readonly quotas?: Partial<Quotas>;
  readonly log?: Log;
  /** Shared by all threads that hash passwords; absent where there is one. */
  readonly hashPlaces?: HashPlaces | undefined;
}

/**
 * Accounts and everything in them. Every method that writes is one guarded commit, durable when it
 * resolves; every refusal is an `IdentityError` and changes nothing. Names are compared without
 * regard to case. Permission is none of its business.
 */
export type IdentityStore = Awaited<ReturnType<typeof openIdentityStore>>;

/** Opens the identities in `kv`, which stays the caller's to close, after this store. */
export async function openIdentityStore(options: IdentityStoreOptions) {
  const { kv, clock } = options;
  const core: Core = {
    kv,
    clock,
    seal: createSeal(options.masterKey),
    quotas: { ...DEFAULT_QUOTAS, ...options.quotas },
    ...createTransactor(kv),
  };
  await proveSeal(core, core.seal);
  const tokens = createSessionTokens(options.masterKey);
  const readSide = new ReadSide(core, tokens);
  const keyUse = new KeyUseNotes(core, options.log ?? silentLog);
  const serviceUse = new ServiceUseNotes(core, options.log ?? silentLog);
  return {
    ...accountMethods(core),
    ...accountAliasMethods(core),
    ...userMethods(core),
    ...groupMethods(core),
    ...roleMethods(core),
    ...instanceProfileMethods(core),
    ...oidcProviderMethods(core),
    ...pinningMethods(core),
    ...policyMethods(core),
    ...policyListingMethods(core),
    ...inlinePolicyMethods(core),
    ...attachmentMethods(core),
    ...accessKeyMethods(core),
    ...reportMethods(core),
    ...loginProfileMethods(core, options.hashPlaces),
    ...passwordPolicyMethods(core),
    ...mfaDeviceMethods(core),
    ...mfaHolderMethods(core),
    ...mfaCheckMethods(core),
    ...sessionMethods(core, tokens),

    findSession: readSide.findSession.bind(readSide),
    findCredential: readSide.findCredential.bind(readSide),
    policiesOf: readSide.policiesOf.bind(readSide),
    findAssumableRole: readSide.findAssumableRole.bind(readSide),
    resolvePrincipalArn: readSide.resolvePrincipalArn.bind(readSide),
    noteKeyUse: keyUse.note.bind(keyUse),
    findKeyUse: keyUse.find.bind(keyUse),
    noteServiceUse: serviceUse.note.bind(serviceUse),
    findServiceUses: serviceUse.find.bind(serviceUse),
    quotas: core.quotas,
    /** How many of these the account has. */
    countOf: (account: string, what: CounterName) => readCounter(core, account, what),
    /** Waits for what was begun behind the callers' backs. */
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([keyUse.settle(), serviceUse.settle()]);
    },
  };
}

const PROOF_OWNER = 'master key';
const PROOF_TEXT = 'fits';

/** Throws SealError when the data was sealed under another master key, before anything is done. */
async function proveSeal(core: Core, seal: Seal): Promise<void> {
  const proof = await readRecord(core, sealProofs);
  if (proof !== undefined) {
    seal.open(proof.sealed, PROOF_OWNER);
    return;
  }
  const sealed = await core.transact(async (tx) => {
    const other = await tx.get(sealProofs);
    if (other !== undefined) return other.sealed;
    const mine = seal.seal(PROOF_TEXT, PROOF_OWNER);
    tx.set(sealProofs, { sealed: mine });
    return mine;
  });
  seal.open(sealed, PROOF_OWNER);
}
