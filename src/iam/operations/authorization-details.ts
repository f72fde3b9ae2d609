import {
  IdentityError,
  pageOf,
  type Group,
  type Identity,
  type IdentityStore,
  type ManagedPolicy,
  type Page,
  type PageRequest,
  type Role,
  type User,
} from '../../identity/index.ts';
import type { Input, Output } from '../../wire/index.ts';
import type * as api from '../api/authorization-details.ts';
import type { IamHandler } from '../handler.ts';
import { pageRequest } from '../paging.ts';
import {
  actorDetails,
  toAttached,
  toGroup,
  toInstanceProfile,
  toPolicy,
  toRoleInFull,
  toUser,
} from '../wire-forms.ts';

type Details = Output<typeof api.GetAccountAuthorizationDetails>;
type Filter = NonNullable<Input<typeof api.GetAccountAuthorizationDetails>['Filter']>[number];
type Found = Pick<Details, 'UserDetailList' | 'GroupDetailList' | 'RoleDetailList' | 'Policies'>;

/** One kind of thing: a page of it, and how it is shown. */
interface Section {
  readonly filter: Filter;
  page(identity: IdentityStore, account: string, request: PageRequest): Promise<SectionPage>;
}

interface SectionPage {
  readonly found: Partial<Found>;
  readonly count: number;
  readonly next: string | undefined;
}

/** In the order of the answer; a marker counts in this list. */
const SECTIONS: readonly Section[] = [
  {
    filter: 'User',
    async page(identity, account, request) {
      const page = await identity.listUsers(account, request);
      return sectionPage(page, 'UserDetailList', (user) => userDetail(identity, user));
    },
  },
  {
    filter: 'Group',
    async page(identity, account, request) {
      const page = await identity.listGroups(account, request);
      return sectionPage(page, 'GroupDetailList', (group) => groupDetail(identity, group));
    },
  },
  {
    filter: 'Role',
    async page(identity, account, request) {
      const page = await identity.listRoles(account, request);
      return sectionPage(page, 'RoleDetailList', (role) => roleDetail(identity, role));
    },
  },
  {
    filter: 'LocalManagedPolicy',
    async page(identity, account, request) {
      const page = await identity.listPolicies(account, { ...request, scope: 'Local' });
      return sectionPage(page, 'Policies', (policy) => policyDetail(identity, policy));
    },
  },
  {
    filter: 'AWSManagedPolicy',
    async page(identity, account, request) {
      const scope = 'AWS';
      const all = await identity.listPolicies(account, { scope, limit: Number.MAX_SAFE_INTEGER });
      // AWS's are told as far as the account uses them.
      const used = all.items.filter(
        ({ attachmentCount, boundaryCount }) => attachmentCount + boundaryCount > 0,
      );
      const page = pageOf(used, ({ name }) => name, request);
      return sectionPage(page, 'Policies', (policy) => policyDetail(identity, policy));
    },
  },
];

async function sectionPage<T, K extends keyof Found>(
  { items, next }: Page<T>,
  name: K,
  show: (item: T) => Promise<Found[K][number]>,
): Promise<SectionPage> {
  const found = { [name]: await Promise.all(items.map(show)) };
  return { found, count: items.length, next };
}

/** `<section> <where it goes on>` */
const MARKER = /^([0-4]) (.*)$/s;

/** Everything that decides what anybody may, in pages that go on from one kind to the next. */
export const getAccountAuthorizationDetails: IamHandler<
  typeof api.GetAccountAuthorizationDetails
> = async ({ Filter = [], Marker, ...input }, { identity, account }) => {
  const found: { [K in keyof Found]: Found[K][number][] } = {
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: [],
    Policies: [],
  };
  let { section, after } = startOf(Marker);
  let { limit } = pageRequest(input);
  for (; section < SECTIONS.length; section += 1, after = undefined) {
    const { filter, page } = SECTIONS[section] ?? {};
    if (filter === undefined || page === undefined) break;
    if (Filter.length > 0 && !Filter.includes(filter)) continue;
    if (limit === 0) return { ...found, IsTruncated: true, Marker: `${section} ` };
    const one = await page(identity, account, { after, limit });
    found.UserDetailList.push(...(one.found.UserDetailList ?? []));
    found.GroupDetailList.push(...(one.found.GroupDetailList ?? []));
    found.RoleDetailList.push(...(one.found.RoleDetailList ?? []));
    found.Policies.push(...(one.found.Policies ?? []));
    limit -= one.count;
    if (one.next !== undefined) {
      return { ...found, IsTruncated: true, Marker: `${section} ${one.next}` };
    }
  }
  return { ...found, IsTruncated: false };
};

function startOf(marker: string | undefined): { section: number; after: string | undefined } {
  if (marker === undefined) return { section: 0, after: undefined };
  const match = MARKER.exec(marker);
  if (match === null) throw new IdentityError('ValidationError', 'Invalid Marker.');
  return { section: Number(match[1]), after: match[2] === '' ? undefined : match[2] };
}

async function userDetail(identity: IdentityStore, user: User) {
  const groups = await Promise.all(
    user.groupIds.map((id) => identity.findGroupById(user.account, id)),
  );
  const { PasswordLastUsed: _, ...shown } = toUser(user);
  return {
    ...shown,
    ...(await policiesOn(identity, user, 'UserPolicyList')),
    ...(await actorDetails(identity, user)),
    GroupList: groups.filter((group) => group !== undefined).map(({ name }) => name),
  };
}

async function groupDetail(identity: IdentityStore, group: Group) {
  return { ...toGroup(group), ...(await policiesOn(identity, group, 'GroupPolicyList')) };
}

async function roleDetail(identity: IdentityStore, role: Role) {
  const { Description: _, MaxSessionDuration: __, ...shown } = await toRoleInFull(identity, role);
  const profiles = await identity.instanceProfilesOf(role);
  return {
    ...shown,
    ...(await policiesOn(identity, role, 'RolePolicyList')),
    InstanceProfileList: await Promise.all(
      profiles.map((profile) => toInstanceProfile(identity, profile)),
    ),
  };
}

async function policiesOn<K extends string>(identity: IdentityStore, carrier: Identity, name: K) {
  const inline = await identity.inlinePoliciesOf(carrier);
  const attached = await identity.attachedPoliciesOf(carrier);
  const list = inline.map((policy) => ({ PolicyName: policy.name, PolicyDocument: policy.text }));
  return {
    ...({ [name]: list } as Record<K, typeof list>),
    AttachedManagedPolicies: attached.map(toAttached),
  };
}

async function policyDetail(identity: IdentityStore, policy: ManagedPolicy) {
  const versions = await identity.policyVersionsOf(policy);
  const { description } = policy;
  return {
    ...toPolicy(policy),
    ...(description === undefined ? {} : { Description: description }),
    PolicyVersionList: versions.toReversed().map(({ text, number, isDefault, createdAtMs }) => ({
      Document: text,
      VersionId: number,
      IsDefaultVersion: isDefault,
      CreateDate: new Date(createdAtMs),
    })),
  };
}
