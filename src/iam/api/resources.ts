import {
  groupArn,
  instanceProfileArn,
  mfaArn,
  oidcProviderArn,
  policyArn,
  roleArn,
  rootArn,
  userArn,
} from '../../identity/index.ts';

/**
 * The resources that operations are authorized on, as far as the input says them. What only the
 * records say (an existing entity's path, whose key it is, who the caller is) `target.ts` fills in
 * before anybody decides.
 */
type Text = string | undefined;

/** An existing user; without a name the caller, who is root when he is no user. */
export function onUser({ UserName }: { readonly UserName?: Text }, account: string): string {
  return UserName === undefined
    ? rootArn(account)
    : userArn({ account, path: '/', name: UserName });
}

/** A user, group or role whose policies are looked at. */
export function onPolicySource({ PolicySourceArn }: { readonly PolicySourceArn: string }): string {
  return PolicySourceArn;
}

/** Whatever the ARN names. */
export function onArn({ Arn }: { readonly Arn: string }): string {
  return Arn;
}

/** Whoever asks. */
export function onCaller(_: unknown, account: string): string {
  return rootArn(account);
}

/** The user, or root, whose key it is. */
export function onKeyOwner(_: { readonly AccessKeyId: string }, account: string): string {
  return rootArn(account);
}

export function onNewUser(
  { UserName, Path = '/' }: { readonly UserName: string; readonly Path?: Text },
  account: string,
): string {
  return userArn({ account, path: Path, name: UserName });
}

export function onUsers(
  { PathPrefix = '/' }: { readonly PathPrefix?: Text },
  account: string,
): string {
  return userArn({ account, path: PathPrefix, name: '' });
}

/** An existing group. */
export function onGroup({ GroupName }: { readonly GroupName: string }, account: string): string {
  return groupArn({ account, path: '/', name: GroupName });
}

export function onNewGroup(
  { GroupName, Path = '/' }: { readonly GroupName: string; readonly Path?: Text },
  account: string,
): string {
  return groupArn({ account, path: Path, name: GroupName });
}

export function onGroups(
  { PathPrefix = '/' }: { readonly PathPrefix?: Text },
  account: string,
): string {
  return groupArn({ account, path: PathPrefix, name: '' });
}

/** An existing MFA device. One that has no ARN for its serial number is none of ours. */
export function onMfaDevice(
  { SerialNumber }: { readonly SerialNumber: string },
  account: string,
): string {
  return SerialNumber.startsWith('arn:')
    ? SerialNumber
    : mfaArn({ account, path: '/', name: SerialNumber });
}

export function onNewMfaDevice(
  {
    VirtualMFADeviceName,
    Path = '/',
  }: {
    readonly VirtualMFADeviceName: string;
    readonly Path?: Text;
  },
  account: string,
): string {
  return mfaArn({ account, path: Path, name: VirtualMFADeviceName });
}

/** An existing role. */
export function onRole({ RoleName }: { readonly RoleName: string }, account: string): string {
  return roleArn({ account, path: '/', name: RoleName });
}

export function onNewRole(
  { RoleName, Path = '/' }: { readonly RoleName: string; readonly Path?: Text },
  account: string,
): string {
  return roleArn({ account, path: Path, name: RoleName });
}

export function onRoles(
  { PathPrefix = '/' }: { readonly PathPrefix?: Text },
  account: string,
): string {
  return roleArn({ account, path: PathPrefix, name: '' });
}

/** An existing instance profile. */
export function onInstanceProfile(
  { InstanceProfileName }: { readonly InstanceProfileName: string },
  account: string,
): string {
  return instanceProfileArn({ account, path: '/', name: InstanceProfileName });
}

export function onNewInstanceProfile(
  {
    InstanceProfileName,
    Path = '/',
  }: { readonly InstanceProfileName: string; readonly Path?: Text },
  account: string,
): string {
  return instanceProfileArn({ account, path: Path, name: InstanceProfileName });
}

export function onInstanceProfiles(
  { PathPrefix = '/' }: { readonly PathPrefix?: Text },
  account: string,
): string {
  return instanceProfileArn({ account, path: PathPrefix, name: '' });
}

export function onOidcProvider({
  OpenIDConnectProviderArn,
}: {
  readonly OpenIDConnectProviderArn: string;
}): string {
  return OpenIDConnectProviderArn;
}

export function onNewOidcProvider({ Url }: { readonly Url: string }, account: string): string {
  return oidcProviderArn({ account, url: Url.replace(/^https?:\/\//, '') });
}

export function onOidcProviders(_: object, account: string): string {
  return oidcProviderArn({ account, url: '*' });
}

export function onPolicy({ PolicyArn }: { readonly PolicyArn: string }): string {
  return PolicyArn;
}

export function onNewPolicy(
  { PolicyName, Path = '/' }: { readonly PolicyName: string; readonly Path?: Text },
  account: string,
): string {
  return policyArn({ account, path: Path, name: PolicyName });
}
