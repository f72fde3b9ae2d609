import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANONYMOUS } from '../access/index.ts';
import { openTestLog } from '../decisions/testing/log.suite.ts';
import * as api from './api/index.ts';
import type { VerifiedToken } from './openid/verifier.ts';
import { findTarget } from './target.ts';
import { MAIN, openStsHouse } from './testing/house.suite.ts';

test('an issuer that is called as a service is says nothing in its name', async () => {
  const { identity, clock } = await openStsHouse();
  for (const [issuer, name] of [
    ['aws', 'sourceip'],
    ['sts', 'externalid'],
    ['iam', 'resourcetag/team'],
  ] as const) {
    const token: VerifiedToken = {
      issuer,
      audience: 'app',
      providerArn: `arn:aws:iam::${MAIN}:oidc-provider/${issuer}`,
      subject: 'me',
      audiences: ['app'],
      values: { [name]: '192.0.2.1', sub: 'me' },
      tags: [],
      transitiveTagKeys: [],
      sourceIdentity: undefined,
    };
    const tools = {
      identity,
      clock,
      decisions: openTestLog(clock),
      openId: { verify: async () => token },
    };
    const input = {
      RoleArn: `arn:aws:iam::${MAIN}:role/Web`,
      RoleSessionName: 's1',
      WebIdentityToken: 'token',
    };
    const { context } = await findTarget(tools, api.AssumeRoleWithWebIdentity, input, ANONYMOUS);
    assert.equal(context(`${issuer}:${name}`), undefined);
    assert.equal(context('aws:federatedprovider'), token.providerArn);
    assert.equal(context('sts:rolesessionname'), 's1');
  }
});
