import type { PolicyKind } from '../../policy/index.ts';
import type { Client } from '../client/client.ts';
import { textOf, type AuthorizationDetails, type InlineDetail } from './details.ts';
import { detailsOf, ownBuckets, readText } from './server.ts';

/** A policy that a server keeps, as it was put there. */
export interface StoredText {
  /** Such as `user/ana/ReadReports`, `role/App/trust` or `s3://reports`. */
  readonly name: string;
  readonly kind: PolicyKind;
  readonly text: string;
}

/** The policies of the account of whoever asks, those of its buckets included; not AWS's own. */
export async function storedTexts(client: Client): Promise<readonly StoredText[]> {
  const texts = [...textsOf(await detailsOf(client))];
  const { names } = await ownBuckets(client);
  for (const bucket of names) {
    const text = await readText(client, { bucket, query: { policy: '' } });
    if (text !== undefined) texts.push({ name: `s3://${bucket}`, kind: 'resource', text });
  }
  return texts;
}

function* textsOf(details: AuthorizationDetails): Iterable<StoredText> {
  const identity = (owner: string, list: readonly InlineDetail[] = []) =>
    list.map(({ PolicyName, PolicyDocument }): StoredText => {
      return { name: `${owner}/${PolicyName}`, kind: 'identity', text: textOf(PolicyDocument) };
    });
  for (const { UserName, UserPolicyList } of details.UserDetailList ?? []) {
    yield* identity(`user/${UserName}`, UserPolicyList);
  }
  for (const { GroupName, GroupPolicyList } of details.GroupDetailList ?? []) {
    yield* identity(`group/${GroupName}`, GroupPolicyList);
  }
  for (const { RoleName, RolePolicyList, AssumeRolePolicyDocument } of details.RoleDetailList ??
    []) {
    yield* identity(`role/${RoleName}`, RolePolicyList);
    yield { name: `role/${RoleName}/trust`, kind: 'trust', text: textOf(AssumeRolePolicyDocument) };
  }
  for (const { Arn, PolicyVersionList } of details.Policies ?? []) {
    if (Arn.startsWith('arn:aws:iam::aws:')) continue;
    const current = PolicyVersionList?.find(
      ({ IsDefaultVersion }) => String(IsDefaultVersion) === 'true',
    );
    if (current !== undefined)
      yield { name: Arn, kind: 'identity', text: textOf(current.Document) };
  }
}
