import { parseOidcProviderArn } from './arn.ts';
import { readCounter, recordReader, walkRecords, type Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import type { OidcProvider, Tags } from './model.ts';
import { counters, oidcProviders } from './records.ts';
import { mergeTags, withoutTags } from './tags.ts';
import type { Transaction } from './transaction.ts';

export interface CreateOidcProvider {
  /** With `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags?: Tags | undefined;
}

/**
 * Issuers whose tokens a role's trust policy may accept. They have no name but their URL, and roles
 * that trust one are not asked when it goes: they then trust nobody.
 */
export function oidcProviderMethods(core: Core) {
  return {
    createOidcProvider: (account: string, request: CreateOidcProvider) =>
      createProvider(core, account, request),
    /** Nothing happens when it is gone already ("DeleteOpenIDConnectProvider"). */
    deleteOidcProvider: (account: string, arn: string): Promise<void> =>
      core.transact(async (tx) => {
        const provider = await findProviderIn(tx, account, arn);
        if (provider === undefined) return;
        tx.delete(oidcProviders, account, provider.url);
        tx.add(counters, -1, account, 'oidcProviders');
      }),

    /** Throws InvalidInput for what is no ARN of a provider. */
    findOidcProvider: (account: string, arn: string) =>
      findProviderIn(recordReader(core), account, arn),
    /** Throws NoSuchEntity. */
    getOidcProvider: (account: string, arn: string) => providerIn(recordReader(core), account, arn),
    /** All of the account, by URL. */
    async listOidcProviders(account: string): Promise<readonly OidcProvider[]> {
      const all: OidcProvider[] = [];
      for await (const { record } of walkRecords(core, oidcProviders, [account])) all.push(record);
      return all;
    },

    /** Changes nothing when it is there already. */
    addOidcClientId: (account: string, arn: string, clientId: string) =>
      changeProvider(core, account, arn, (provider) => ({
        ...provider,
        clientIds: checkedClientIds(core, [...provider.clientIds, clientId]),
      })),
    /** Changes nothing when it is not there. */
    removeOidcClientId: (account: string, arn: string, clientId: string) =>
      changeProvider(core, account, arn, (provider) => ({
        ...provider,
        clientIds: provider.clientIds.filter((id) => id !== clientId),
      })),
    updateOidcThumbprints: (account: string, arn: string, thumbprints: readonly string[]) =>
      changeProvider(core, account, arn, (provider) => ({
        ...provider,
        thumbprints: checkedThumbprints(core, thumbprints),
      })),

    tagOidcProvider: (account: string, arn: string, tags: Tags) =>
      changeProvider(core, account, arn, (provider) => ({
        ...provider,
        tags: mergeTags(provider.tags, tags, 'exact', core.quotas),
      })),
    untagOidcProvider: (account: string, arn: string, keys: readonly string[]) =>
      changeProvider(core, account, arn, (provider) => ({
        ...provider,
        tags: withoutTags(provider.tags, keys, 'exact'),
      })),
  };
}

/** A provider of another account is as good as none. */
async function findProviderIn(
  tx: Pick<Transaction, 'get'>,
  account: string,
  arn: string,
): Promise<OidcProvider | undefined> {
  const parsed = parseOidcProviderArn(arn);
  if (parsed === undefined) {
    throw new IdentityError('InvalidInput', `Invalid ARN: ${arn}`);
  }
  return parsed.account === account ? tx.get(oidcProviders, account, parsed.url) : undefined;
}

async function providerIn(
  tx: Pick<Transaction, 'get'>,
  account: string,
  arn: string,
): Promise<OidcProvider> {
  const provider = await findProviderIn(tx, account, arn);
  if (provider !== undefined) return provider;
  throw new IdentityError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
}

function changeProvider(
  core: Core,
  account: string,
  arn: string,
  change: (provider: OidcProvider) => OidcProvider,
): Promise<void> {
  return core.transact(async (tx) => {
    const changed = change(await providerIn(tx, account, arn));
    tx.set(oidcProviders, changed, account, changed.url);
  });
}

async function createProvider(
  core: Core,
  account: string,
  request: CreateOidcProvider,
): Promise<OidcProvider> {
  const url = checkedUrl(request.url);
  const clientIds = checkedClientIds(core, request.clientIds);
  const thumbprints = checkedThumbprints(core, request.thumbprints);
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'oidcProviders');
  return core.transact(async (tx) => {
    if ((await tx.get(oidcProviders, account, url)) !== undefined) {
      throw new IdentityError(
        'EntityAlreadyExists',
        `Provider with url ${request.url} already exists.`,
      );
    }
    const { oidcProvidersPerAccount: limit } = core.quotas;
    if (count >= limit) throw quotaExceeded('OpenIdConnectProvidersPerAccount', limit);
    const provider: OidcProvider = {
      account,
      url,
      createdAtMs: core.clock.nowMs(),
      clientIds,
      thumbprints,
      tags: mergeTags([], request.tags ?? [], 'exact', core.quotas),
    };
    tx.set(oidcProviders, provider, account, url);
    tx.add(counters, 1, account, 'oidcProviders');
    return provider;
  });
}

/** Plain HTTP only to this machine itself, where nobody has certificates to give. */
const SCHEME = /^(?:https:\/\/|http:\/\/(?=(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$)))/;
/** Printable, because it becomes the end of an ARN and the beginning of condition keys. */
const ISSUER = /^[!-~]+$/;

/**
 * The URL without its scheme. "Must begin with https:// … per the OIDC standard, path components
 * are allowed but query parameters are not." A port is taken, because issuers of one's own have one.
 */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const issuer = text.replace(SCHEME, '');
  const isIssuer =
    url !== undefined &&
    SCHEME.test(text) &&
    ISSUER.test(issuer) &&
    !/[?#@*\\]/.test(issuer) &&
    url.hostname !== '' &&
    issuer.toLowerCase().startsWith(url.host);
  if (isIssuer) return issuer;
  throw new IdentityError('ValidationError', 'Invalid Open ID Connect Provider URL');
}

function checkedClientIds({ quotas }: Core, clientIds: readonly string[]): readonly string[] {
  const all = [...new Set(clientIds)];
  const { clientIdsPerOidcProvider: limit } = quotas;
  if (all.length > limit) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', limit);
  return all;
}

function checkedThumbprints({ quotas }: Core, thumbprints: readonly string[]): readonly string[] {
  const { thumbprintsPerOidcProvider: limit } = quotas;
  if (thumbprints.length <= limit) return thumbprints;
  throw new IdentityError(
    'InvalidInput',
    `Thumbprint list must contain fewer than ${limit} entries.`,
  );
}
