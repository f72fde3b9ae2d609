import { oidcProviderArn, pageOf } from '../../identity/index.ts';
import type * as api from '../api/oidc-providers.ts';
import type { IamHandler } from '../handler.ts';
import { pageAnswer, pageRequest } from '../paging.ts';
import { fromTags, toTags } from '../wire-forms.ts';

export const createOpenIDConnectProvider: IamHandler<
  typeof api.CreateOpenIDConnectProvider
> = async ({ Url, ClientIDList = [], ThumbprintList = [], Tags }, { identity, account }) => {
  const provider = await identity.createOidcProvider(account, {
    url: Url,
    clientIds: ClientIDList,
    thumbprints: ThumbprintList,
    tags: fromTags(Tags),
  });
  return { OpenIDConnectProviderArn: oidcProviderArn(provider), ...tagsOf(provider) };
};

export const getOpenIDConnectProvider: IamHandler<typeof api.GetOpenIDConnectProvider> = async (
  { OpenIDConnectProviderArn },
  { identity, account },
) => {
  const provider = await identity.getOidcProvider(account, OpenIDConnectProviderArn);
  return {
    Url: provider.url,
    ClientIDList: provider.clientIds,
    ThumbprintList: provider.thumbprints,
    CreateDate: new Date(provider.createdAtMs),
    ...tagsOf(provider),
  };
};

export const listOpenIDConnectProviders: IamHandler<typeof api.ListOpenIDConnectProviders> = async (
  _,
  { identity, account },
) => {
  const all = await identity.listOidcProviders(account);
  return { OpenIDConnectProviderList: all.map((provider) => ({ Arn: oidcProviderArn(provider) })) };
};

export const deleteOpenIDConnectProvider: IamHandler<
  typeof api.DeleteOpenIDConnectProvider
> = async ({ OpenIDConnectProviderArn }, { identity, account }) => {
  await identity.deleteOidcProvider(account, OpenIDConnectProviderArn);
  return {};
};

export const addClientIDToOpenIDConnectProvider: IamHandler<
  typeof api.AddClientIDToOpenIDConnectProvider
> = async ({ OpenIDConnectProviderArn, ClientID }, { identity, account }) => {
  await identity.addOidcClientId(account, OpenIDConnectProviderArn, ClientID);
  return {};
};

export const removeClientIDFromOpenIDConnectProvider: IamHandler<
  typeof api.RemoveClientIDFromOpenIDConnectProvider
> = async ({ OpenIDConnectProviderArn, ClientID }, { identity, account }) => {
  await identity.removeOidcClientId(account, OpenIDConnectProviderArn, ClientID);
  return {};
};

export const updateOpenIDConnectProviderThumbprint: IamHandler<
  typeof api.UpdateOpenIDConnectProviderThumbprint
> = async ({ OpenIDConnectProviderArn, ThumbprintList }, { identity, account }) => {
  await identity.updateOidcThumbprints(account, OpenIDConnectProviderArn, ThumbprintList);
  return {};
};

export const tagOpenIDConnectProvider: IamHandler<typeof api.TagOpenIDConnectProvider> = async (
  { OpenIDConnectProviderArn, Tags },
  { identity, account },
) => {
  await identity.tagOidcProvider(account, OpenIDConnectProviderArn, fromTags(Tags));
  return {};
};

export const untagOpenIDConnectProvider: IamHandler<typeof api.UntagOpenIDConnectProvider> = async (
  { OpenIDConnectProviderArn, TagKeys },
  { identity, account },
) => {
  await identity.untagOidcProvider(account, OpenIDConnectProviderArn, TagKeys);
  return {};
};

export const listOpenIDConnectProviderTags: IamHandler<
  typeof api.ListOpenIDConnectProviderTags
> = async ({ OpenIDConnectProviderArn, ...input }, { identity, account }) => {
  const { tags } = await identity.getOidcProvider(account, OpenIDConnectProviderArn);
  const page = pageOf(tags, ({ key }) => key, pageRequest(input));
  return { Tags: toTags(page.items), ...pageAnswer(page) };
};

function tagsOf({ tags }: { readonly tags: Parameters<typeof toTags>[0] }) {
  return tags.length > 0 ? { Tags: toTags(tags) } : {};
}
