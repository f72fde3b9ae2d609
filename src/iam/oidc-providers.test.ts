import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const URL = 'https://login.example.com/realms/a';
const ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com/realms/a`;
const provider = { OpenIDConnectProviderArn: ARN };
const THUMBPRINT = '9e99a48a9960b14926bb7f3b02e22da2b0ab7280';
const NOT_FOUND = `OpenIDConnect Provider not found for arn ${ARN}`;

test('an OIDC provider’s life: made, shown, listed, changed, tagged, deleted', async () => {
  const { iam: client, logged } = await openClients();
  const iam = client();
  const tags = [{ Key: 'team', Value: 'x' }];
  const made = await iam.send(
    new IAM.CreateOpenIDConnectProviderCommand({
      Url: URL,
      ClientIDList: ['app', 'app', 'other'],
      ThumbprintList: [THUMBPRINT],
      Tags: tags,
    }),
  );
  assert.deepEqual([made.OpenIDConnectProviderArn, made.Tags], [ARN, tags]);
  const shown = await iam.send(new IAM.GetOpenIDConnectProviderCommand(provider));
  assert.equal(shown.Url, 'login.example.com/realms/a');
  assert.deepEqual(
    [shown.ClientIDList, shown.ThumbprintList, shown.Tags],
    [['app', 'other'], [THUMBPRINT], tags],
  );
  assert.ok(shown.CreateDate instanceof Date);
  await assert.rejects(
    iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url: URL })),
    failure('EntityAlreadyExists', 409, `Provider with url ${URL} already exists.`),
  );
  await iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url: 'https://b.example.com:8443' }));
  const listed = await iam.send(new IAM.ListOpenIDConnectProvidersCommand({}));
  assert.deepEqual(
    listed.OpenIDConnectProviderList?.map(({ Arn }) => Arn),
    [`arn:aws:iam::${ACCOUNT}:oidc-provider/b.example.com:8443`, ARN],
  );
  for (const ClientID of ['third', 'app']) {
    const change = { ...provider, ClientID };
    await iam.send(new IAM.AddClientIDToOpenIDConnectProviderCommand(change));
  }
  for (const ClientID of ['other', 'nobody']) {
    const change = { ...provider, ClientID };
    await iam.send(new IAM.RemoveClientIDFromOpenIDConnectProviderCommand(change));
  }
  const ThumbprintList = ['0'.repeat(40), 'F'.repeat(40)];
  await iam.send(
    new IAM.UpdateOpenIDConnectProviderThumbprintCommand({ ...provider, ThumbprintList }),
  );
  await iam.send(
    new IAM.TagOpenIDConnectProviderCommand({ ...provider, Tags: [{ Key: 'a', Value: '' }] }),
  );
  await iam.send(new IAM.UntagOpenIDConnectProviderCommand({ ...provider, TagKeys: ['team'] }));
  const { Tags } = await iam.send(new IAM.ListOpenIDConnectProviderTagsCommand(provider));
  assert.deepEqual(Tags, [{ Key: 'a', Value: '' }]);
  const changed = await iam.send(new IAM.GetOpenIDConnectProviderCommand(provider));
  assert.deepEqual(
    [changed.ClientIDList, changed.ThumbprintList],
    [['app', 'third'], ThumbprintList],
  );
  await iam.send(new IAM.DeleteOpenIDConnectProviderCommand(provider));
  await iam.send(new IAM.DeleteOpenIDConnectProviderCommand(provider));
  await assert.rejects(
    iam.send(new IAM.GetOpenIDConnectProviderCommand(provider)),
    failure('NoSuchEntity', 404, NOT_FOUND),
  );
  assert.deepEqual(logged, []);
});

test('what is no issuer’s URL is refused', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  const refused = [
    'http://login.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@login.example.com',
    'HTTPS://login.example.com',
    'login.example.com',
    'https://',
    'https:///path',
    'https://login.example.com?a=b',
    'https://login.example.com/#a',
    'https://user@login.example.com',
    'https://login.example.com/a b',
    'https://login.example.com\\@evil.example',
    'https://*.example.com',
    'https://login.example.com/ä',
    'https://login.example.com:99999',
  ];
  for (const Url of refused) {
    await assert.rejects(
      iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url })),
      failure('ValidationError', 400, 'Invalid Open ID Connect Provider URL'),
      Url,
    );
  }
  assert.deepEqual(await identity.listOidcProviders(ACCOUNT), []);
});

test('an issuer on this machine needs no certificate', async () => {
  const { iam: client } = await openClients();
  for (const [Url, name] of [
    ['http://localhost', 'localhost'],
    ['http://127.0.0.1:8080/realms/main', '127.0.0.1:8080/realms/main'],
    ['http://[::1]:8080', '[::1]:8080'],
  ] as const) {
    const made = await client().send(new IAM.CreateOpenIDConnectProviderCommand({ Url }));
    const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${name}`;
    assert.equal(made.OpenIDConnectProviderArn, arn);
  }
});

test('OIDC providers are bounded by the quotas, and a refusal changes nothing', async () => {
  const { iam: client, identity } = await openClients({ oidcProvidersPerAccount: 1 });
  const iam = client();
  const clientIds = Array.from({ length: 101 }, (_, index) => `client${index}`);
  const thumbprints = Array.from({ length: 6 }, (_, index) => String(index).repeat(40));
  await assert.rejects(
    iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url: URL, ClientIDList: clientIds })),
    failure('LimitExceeded', 409, 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100'),
  );
  await assert.rejects(
    iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url: URL, ThumbprintList: thumbprints })),
    failure('InvalidInput', 400, 'Thumbprint list must contain fewer than 5 entries.'),
  );
  await iam.send(
    new IAM.CreateOpenIDConnectProviderCommand({ Url: URL, ClientIDList: clientIds.slice(1) }),
  );
  await assert.rejects(
    iam.send(new IAM.CreateOpenIDConnectProviderCommand({ Url: 'https://b.example.com' })),
    failure('LimitExceeded', 409, 'Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1'),
  );
  const more = { ...provider, ClientID: 'client0' };
  await assert.rejects(
    iam.send(new IAM.AddClientIDToOpenIDConnectProviderCommand(more)),
    failure('LimitExceeded', 409, 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100'),
  );
  await assert.rejects(
    iam.send(
      new IAM.UpdateOpenIDConnectProviderThumbprintCommand({
        ...provider,
        ThumbprintList: thumbprints,
      }),
    ),
    failure('InvalidInput', 400),
  );
  const stored = await identity.getOidcProvider(ACCOUNT, ARN);
  assert.deepEqual([stored.clientIds.length, stored.thumbprints], [100, []]);
});

test('ARNs that are no provider’s, and those of other accounts, find nothing', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createOidcProvider(other, { url: URL, clientIds: [], thumbprints: [] });
  const asked = (OpenIDConnectProviderArn: string) => [
    iam.send(new IAM.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
    iam.send(
      new IAM.AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn,
        ClientID: 'x',
      }),
    ),
    iam.send(new IAM.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [] })),
  ];
  const wrong = `arn:aws:iam::${ACCOUNT}:saml-provider/x`;
  for (const answer of asked(wrong)) {
    await assert.rejects(answer, failure('InvalidInput', 400, `Invalid ARN: ${wrong}`));
  }
  for (const answer of asked(ARN)) {
    await assert.rejects(answer, failure('NoSuchEntity', 404, NOT_FOUND));
  }
  for (const answer of asked(ARN.replace(ACCOUNT, other))) {
    await assert.rejects(answer, failure('AccessDenied', 403));
  }
  assert.deepEqual((await identity.listOidcProviders(other))[0]?.clientIds, []);
});

test('a provider is authorized as what it becomes, with whatever scheme it is asked for', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'ann' });
  const onProvider = (Effect: string, name: string) => ({
    Effect,
    Action: 'iam:CreateOpenIDConnectProvider',
    Resource: `arn:aws:iam::${ACCOUNT}:oidc-provider/${name}`,
  });
  const Statement = [onProvider('Allow', '*'), onProvider('Deny', 'localhost:8080')];
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy(ACCOUNT, 'ann', { name: 'p', text });
  const ann = iam(await keyOf('ann'));
  const create = (Url: string) => ann.send(new IAM.CreateOpenIDConnectProviderCommand({ Url }));
  for (const scheme of ['http', 'https']) {
    await assert.rejects(create(`${scheme}://localhost:8080`), failure('AccessDenied', 403));
  }
  await create('http://localhost:8081');
});
