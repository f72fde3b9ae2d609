/** What an ARN of IAM names, taken apart. Paths begin and end with a slash. */
export type IamArn =
  | { readonly kind: 'root'; readonly account: string }
  | {
      readonly kind: EntityKind;
      /** Twelve digits, or `aws` for a policy that AWS manages. */
      readonly account: string;
      readonly path: string;
      readonly name: string;
    };

type EntityKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile' | 'mfa';

/** The owner that AWS's own managed policies have in their ARNs. */
export const AWS_ACCOUNT = 'aws';

interface Named {
  readonly account: string;
  readonly path: string;
  readonly name: string;
}

export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

export function userArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:user${path}${name}`;
}

export function groupArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:group${path}${name}`;
}

export function roleArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

export function policyArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:policy${path}${name}`;
}

export function instanceProfileArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:instance-profile${path}${name}`;
}

/** What AWS calls the serial number of a virtual MFA device. */
export function mfaArn({ account, path, name }: Named): string {
  return `arn:aws:iam::${account}:mfa${path}${name}`;
}

export function assumedRoleArn(account: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
}

export function federatedUserArn(account: string, name: string): string {
  return `arn:aws:sts::${account}:federated-user/${name}`;
}

/** `url` is the issuer without `https://`. */
export function oidcProviderArn({
  account,
  url,
}: {
  readonly account: string;
  readonly url: string;
}): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`;
}

const OIDC_PROVIDER_ARN = /^arn:aws:iam::([0-9]{12}):oidc-provider\/([!-~]+)$/;

export function parseOidcProviderArn(
  text: string,
): { readonly account: string; readonly url: string } | undefined {
  const match = OIDC_PROVIDER_ARN.exec(text);
  return match === null ? undefined : { account: match[1] ?? '', url: match[2] ?? '' };
}

const ROOT_ARN = /^arn:aws:iam::([0-9]{12}):root$/;
/** A path may hold slashes in a row; the name is what follows the last one. */
const ENTITY_ARN =
  /^arn:aws:iam::([0-9]{12}|aws):(user|group|role|policy|instance-profile|mfa)(\/(?:[!-~]*\/)?)([^/]+)$/;

/** The parts of an ARN of the aws partition, or undefined for anything else. */
export function parseIamArn(text: string): IamArn | undefined {
  const root = ROOT_ARN.exec(text);
  if (root !== null) return { kind: 'root', account: root[1] ?? '' };
  const match = ENTITY_ARN.exec(text);
  if (match === null) return undefined;
  const [, account = '', kind, path = '/', name = ''] = match;
  if (account === AWS_ACCOUNT && kind !== 'policy') return undefined;
  return { kind: kind as EntityKind, account, path, name };
}
