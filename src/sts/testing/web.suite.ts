import { allow, MAIN, openStsHouse } from './house.suite.ts';
import { newIssuerKey, startIssuer } from './issuer.suite.ts';

export const RS = newIssuerKey('rs', 'RS256');
export const ES = newIssuerKey('es', 'ES256');
/** Signs under the same id as a published key. */
export const STRANGER = newIssuerKey('es', 'ES256');
export const AUDIENCE = 'my-app';

/** An issuer whose tokens an account takes, and a role `Web` that trusts it. */
export async function openWithIssuer(path = '') {
  const house = await openStsHouse();
  const issuer = await startIssuer(path);
  issuer.published.push(RS.jwk, ES.jwk);
  const { identity, clock } = house;
  const root = await house.root(MAIN);
  await house.call('PUT', '/bucket', { as: root });
  await house.call('PUT', '/bucket/key', { as: root, body: 'x' });
  await identity.createOidcProvider(MAIN, {
    url: issuer.url,
    clientIds: [AUDIENCE],
    thumbprints: [],
  });
  const provider = `arn:aws:iam::${MAIN}:oidc-provider/${issuer.name}`;
  const trust = (condition: object = {}, ...actions: string[]) => ({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: ['sts:AssumeRoleWithWebIdentity', ...actions],
    Condition: condition,
  });
  const now = () => Math.floor(clock.nowMs() / 1000);
  const claims = (more: object = {}) => ({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: 'repo:me/app',
    iat: now(),
    exp: now() + 300,
    ...more,
  });
  const assume = (WebIdentityToken: string, RoleArn = `arn:aws:iam::${MAIN}:role/Web`, more = {}) =>
    house.sts('AssumeRoleWithWebIdentity', {
      RoleArn,
      RoleSessionName: 's1',
      WebIdentityToken,
      ...more,
    });
  await house.role(MAIN, 'Web', trust(), allow('s3:GetObject', '*'));
  return {
    ...house,
    issuer,
    provider,
    trust,
    claims,
    assume,
    now,
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}
