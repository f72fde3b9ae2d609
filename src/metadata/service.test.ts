import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { bodyOf, Headers } from '../base/http.ts';
import { silentLog } from '../base/log.ts';
import type { InstanceRole } from './credentials.ts';
import { createMetadataService, type MetadataParts } from './service.ts';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const HOUR_MS = 3_600_000;

const ROLE: InstanceRole = {
  name: 'web',
  id: 'AROAEXAMPLE',
  account: '111111111111',
  profileArn: 'arn:aws:iam::111111111111:instance-profile/machines',
  profileId: 'AIPAEXAMPLE',
};

function open(given: Partial<MetadataParts> & { readonly hasRole?: boolean } = {}) {
  const clock = new ManualClock(START_MS);
  const state = { role: given.hasRole === false ? undefined : ROLE, minted: 0, fails: false };
  const service = createMetadataService({
    source: {
      role: async () => state.role,
      async mint() {
        if (state.fails) throw new Error('the server is away');
        state.minted += 1;
        const issuedAtMs = clock.nowMs();
        return {
          accessKeyId: `ASIA${state.minted}`,
          secretAccessKey: 'secret',
          sessionToken: 'token',
          issuedAtMs,
          expiresAtMs: issuedAtMs + HOUR_MS,
        };
      },
    },
    instance: {
      id: 'i-00000000000000001',
      region: 'eu-west-1',
      hostname: 'machine',
      address: '10.0.0.1',
      startedAtMs: START_MS,
    },
    clock,
    log: silentLog,
    isV2Only: false,
    containerToken: undefined,
    ...given,
  });
  const ask = async (method: string, target: string, headers: Record<string, string> = {}) => {
    const {
      status,
      body,
      headers: raw,
    } = await service({
      method,
      target,
      headers: Headers.of({ host: '169.254.169.254', ...headers }),
      body: bodyOf(Buffer.of()),
      remoteAddress: '127.0.0.1',
      secure: false,
    });
    const text = body === undefined ? '' : Buffer.from(body as Uint8Array).toString();
    return { status, text, headers: new Headers(raw).byName };
  };
  return { clock, state, ask };
}

const TOKEN = '/latest/api/token';
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const SESSION = 'x-aws-ec2-metadata-token';
const LIST = '/latest/meta-data/iam/security-credentials/';

describe('paths', () => {
  const rows: readonly (readonly [target: string, text: string])[] = [
    ['/', '1.0\nlatest'],
    ['/latest', 'dynamic/\nmeta-data/'],
    ['/latest/', 'dynamic/\nmeta-data/'],
    [LIST, 'web'],
    [LIST.slice(0, -1), 'web'],
    ['/2021-07-15/meta-data/iam/security-credentials', 'web'],
    ['/1.0/meta-data/instance-id', 'i-00000000000000001'],
    ['/latest/meta-data/iam', 'info\nsecurity-credentials/'],
    ['/latest/meta-data/placement/', 'availability-zone\nregion'],
    ['/latest/meta-data/placement/availability-zone', 'eu-west-1a'],
    ['/latest/meta-data/placement/availability-zone/', 'eu-west-1a'],
    ['/latest/meta-data/placement/region', 'eu-west-1'],
    ['/latest/meta-data/local-ipv4?x=y', '10.0.0.1'],
  ];
  for (const [target, text] of rows) {
    test(target, async () => {
      assert.deepEqual(
        { ...(await open().ask('GET', target)), headers: 0 },
        { status: 200, text, headers: 0 },
      );
    });
  }

  for (const target of [
    '/late',
    '/latest/user-data',
    `${LIST}other`,
    '/latest/meta-data//',
    '/bucket/key',
  ]) {
    test(`${target} is not there`, async () => {
      assert.equal((await open().ask('GET', target)).status, 404);
    });
  }

  test('the credential document has every member that clients need', async () => {
    const { text } = await open().ask('GET', `${LIST}web`);
    assert.deepEqual(JSON.parse(text), {
      Code: 'Success',
      LastUpdated: '2026-01-02T03:04:05Z',
      Type: 'AWS-HMAC',
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: '2026-01-02T04:04:05Z',
    });
  });

  test('iam/info and the identity document name profile, account and region', async () => {
    const { ask } = open();
    const info = JSON.parse((await ask('GET', '/latest/meta-data/iam/info')).text);
    assert.equal(info.InstanceProfileArn, ROLE.profileArn);
    assert.equal(info.InstanceProfileId, 'AIPAEXAMPLE');
    const { text } = await ask('GET', '/latest/dynamic/instance-identity/document');
    const document = JSON.parse(text);
    assert.equal(document.accountId, '111111111111');
    assert.equal(document.region, 'eu-west-1');
  });

  test('without a role there is no iam', async () => {
    const { ask } = open({ hasRole: false });
    assert.equal((await ask('GET', LIST)).status, 404);
    assert.equal((await ask('GET', '/latest/meta-data/')).text.includes('iam'), false);
    assert.equal((await ask('GET', '/latest/meta-data/instance-id')).status, 200);
  });

  test('HEAD says what GET would, without a body', async () => {
    const { status, headers } = await open().ask('HEAD', '/latest/meta-data/placement/region');
    assert.deepEqual([status, headers.get('content-length')], [200, '9']);
  });
});

describe('session tokens', () => {
  test('a token opens what is asked with it, until it ends', async () => {
    const { ask, clock } = open({ isV2Only: true });
    const issued = await ask('PUT', TOKEN, { [TTL]: '60' });
    assert.deepEqual([issued.status, issued.headers.get(TTL)], [200, '60']);
    const get = async () => (await ask('GET', LIST, { [SESSION]: issued.text })).status;
    assert.equal(await get(), 200);
    clock.advance(59_999);
    assert.equal(await get(), 200);
    clock.advance(1);
    assert.equal(await get(), 401);
  });

  for (const ttl of ['', '0', '-1', '21601', '1.5', 'x', '999999', ' 60']) {
    test(`a time to live of "${ttl}" is refused`, async () => {
      assert.equal((await open().ask('PUT', TOKEN, { [TTL]: ttl })).status, 400);
    });
  }

  test('a wrong token is refused, also where none would do', async () => {
    const { ask } = open();
    const { text } = await ask('PUT', TOKEN, { [TTL]: '60' });
    const other = (await open().ask('PUT', TOKEN, { [TTL]: '60' })).text;
    const altered = `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    for (const wrong of ['', 'x', other, altered, `${text}=`, text.slice(1)]) {
      assert.equal((await ask('GET', LIST, { [SESSION]: wrong })).status, 401, wrong);
    }
  });

  test('version 1 is answered unless it is switched off', async () => {
    assert.equal((await open().ask('GET', LIST)).status, 200);
    assert.equal((await open({ isV2Only: true }).ask('GET', LIST)).status, 401);
  });

  for (const [method, target] of [
    ['GET', TOKEN],
    ['POST', TOKEN],
    ['PUT', LIST],
    ['DELETE', '/latest/meta-data/'],
    ['PUT', '/v1/credentials'],
  ] as const) {
    test(`${method} ${target} is not allowed`, async () => {
      assert.equal((await open().ask(method, target, { [TTL]: '60' })).status, 405);
    });
  }
});

describe('who may ask', () => {
  for (const host of [
    '169.254.169.254',
    '127.0.0.1:9254',
    'localhost:1',
    '[fd00:ec2::254]',
    '[::1]:80',
  ]) {
    test(`a request to ${host} is answered`, async () => {
      assert.equal((await open().ask('GET', LIST, { host })).status, 200);
    });
  }
  for (const host of [
    'attacker.example',
    '169.254.169.254.attacker.example',
    'localhost.',
    '10.0.0.1',
    '',
  ]) {
    test(`one to "${host}" is not`, async () => {
      assert.equal((await open().ask('GET', LIST, { host })).status, 403);
    });
  }
  for (const header of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Forwarded-Host']) {
    test(`one that bears ${header} is not`, async () => {
      const { ask } = open();
      assert.equal((await ask('GET', LIST, { [header]: '' })).status, 403);
      assert.equal((await ask('PUT', TOKEN, { [header]: 'x', [TTL]: '60' })).status, 403);
    });
  }
});

describe('credentials', () => {
  const keyOf = async (ask: ReturnType<typeof open>['ask']) => {
    const { status, text } = await ask('GET', `${LIST}web`);
    return status === 200 ? JSON.parse(text).AccessKeyId : status;
  };

  test('are renewed at half of their time, so that the older ones last as long again', async () => {
    const { ask, clock } = open();
    assert.equal(await keyOf(ask), 'ASIA1');
    clock.advance(HOUR_MS / 2 - 1);
    assert.equal(await keyOf(ask), 'ASIA1');
    clock.advance(1);
    assert.equal(await keyOf(ask), 'ASIA2');
  });

  test('many who ask at once get one set', async () => {
    const { ask, state } = open();
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyOf(ask)));
    assert.deepEqual([new Set(keys).size, state.minted], [1, 1]);
  });

  test('that cannot be renewed are given out while they are good', async () => {
    const { ask, clock, state } = open();
    await keyOf(ask);
    state.fails = true;
    clock.advance(HOUR_MS - 1);
    assert.equal(await keyOf(ask), 'ASIA1');
    clock.advance(1);
    assert.equal(await keyOf(ask), 500);
    state.fails = false;
    assert.equal(await keyOf(ask), 'ASIA2');
  });

  test('are those of the role that the profile has now', async () => {
    const { ask, state } = open();
    await keyOf(ask);
    state.role = { ...ROLE, id: 'AROAANOTHER' };
    assert.equal(await keyOf(ask), 'ASIA2');
    state.role = { ...ROLE, name: 'other', id: 'AROAOTHER' };
    assert.equal(await keyOf(ask), 404);
  });
});

describe('the container endpoint', () => {
  test('wants its token, word for word', async () => {
    const { ask } = open({ containerToken: 'Bearer abc' });
    for (const authorization of ['Bearer abd', 'bearer abc', '', 'Bearer abc ', 'Bearer ab']) {
      const { status } = await ask('GET', '/v1/credentials', { authorization });
      assert.equal(status, 401, authorization);
    }
    assert.equal((await ask('GET', '/v1/credentials')).status, 401);
    const right = await ask('GET', '/v1/credentials?x', { authorization: 'Bearer abc' });
    assert.deepEqual(JSON.parse(right.text), {
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: '2026-01-02T04:04:05Z',
      AccountId: '111111111111',
    });
  });

  test('answers nobody where there is no token', async () => {
    const authorization = 'undefined';
    assert.equal((await open().ask('GET', '/v1/credentials', { authorization })).status, 401);
  });
});
