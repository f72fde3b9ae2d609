import { action, isoDate, list, required, struct } from '../../wire/index.ts';
import { onNewOidcProvider, onOidcProvider, onOidcProviders } from './resources.ts';
import { arn, clientId, oidcProviderUrl, thumbprint } from './scalars.ts';
import { pageInput, pageOutput, Tag, tagKeyList, tagList } from './shapes.ts';

const provider = { OpenIDConnectProviderArn: required(arn) } as const;

export const CreateOpenIDConnectProvider = action('CreateOpenIDConnectProvider', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0
      ? ['iam:CreateOpenIDConnectProvider', 'iam:TagOpenIDConnectProvider']
      : ['iam:CreateOpenIDConnectProvider'],
  on: onNewOidcProvider,
  input: {
    Url: required(oidcProviderUrl),
    ClientIDList: list(clientId),
    ThumbprintList: list(thumbprint),
    Tags: tagList,
  },
  output: { OpenIDConnectProviderArn: arn, Tags: list(Tag) },
});

export const GetOpenIDConnectProvider = action('GetOpenIDConnectProvider', {
  allows: 'iam:GetOpenIDConnectProvider',
  on: onOidcProvider,
  input: provider,
  output: {
    Url: oidcProviderUrl,
    ClientIDList: list(clientId),
    ThumbprintList: list(thumbprint),
    CreateDate: isoDate,
    Tags: list(Tag),
  },
});

/** Not in pages: an account has few. */
export const ListOpenIDConnectProviders = action('ListOpenIDConnectProviders', {
  allows: 'iam:ListOpenIDConnectProviders',
  on: onOidcProviders,
  input: {},
  output: { OpenIDConnectProviderList: list(struct({ Arn: arn })) },
});

export const DeleteOpenIDConnectProvider = action('DeleteOpenIDConnectProvider', {
  allows: 'iam:DeleteOpenIDConnectProvider',
  on: onOidcProvider,
  input: provider,
  output: {},
});

export const AddClientIDToOpenIDConnectProvider = action('AddClientIDToOpenIDConnectProvider', {
  allows: 'iam:AddClientIDToOpenIDConnectProvider',
  on: onOidcProvider,
  input: { ...provider, ClientID: required(clientId) },
  output: {},
});

export const RemoveClientIDFromOpenIDConnectProvider = action(
  'RemoveClientIDFromOpenIDConnectProvider',
  {
    allows: 'iam:RemoveClientIDFromOpenIDConnectProvider',
    on: onOidcProvider,
    input: { ...provider, ClientID: required(clientId) },
    output: {},
  },
);

export const UpdateOpenIDConnectProviderThumbprint = action(
  'UpdateOpenIDConnectProviderThumbprint',
  {
    allows: 'iam:UpdateOpenIDConnectProviderThumbprint',
    on: onOidcProvider,
    input: { ...provider, ThumbprintList: required(list(thumbprint)) },
    output: {},
  },
);

export const TagOpenIDConnectProvider = action('TagOpenIDConnectProvider', {
  allows: 'iam:TagOpenIDConnectProvider',
  on: onOidcProvider,
  input: { ...provider, Tags: required(tagList) },
  output: {},
});

export const UntagOpenIDConnectProvider = action('UntagOpenIDConnectProvider', {
  allows: 'iam:UntagOpenIDConnectProvider',
  on: onOidcProvider,
  input: { ...provider, TagKeys: required(tagKeyList) },
  output: {},
});

export const ListOpenIDConnectProviderTags = action('ListOpenIDConnectProviderTags', {
  allows: 'iam:ListOpenIDConnectProviderTags',
  on: onOidcProvider,
  input: { ...provider, ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
