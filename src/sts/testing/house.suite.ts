import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { createAuthenticator } from '../../access/index.ts';
import { bodyOf, Headers } from '../../base/http.ts';
import { openTestLog } from '../../decisions/testing/log.suite.ts';
import { createIamService } from '../../iam/index.ts';
import { element, openHouse, REGION, type Answer } from '../../s3/testing/house.suite.ts';
import { createQueryService } from '../../server/query-service.ts';
import { presignV4, signRequestV4, type Credentials } from '../../signature/index.ts';
import { createStsService } from '../index.ts';

/** S3, IAM and STS over one memory, asked without a socket. */

export { allow, MAIN, OTHER } from '../../s3/testing/house.suite.ts';

/** What a parameter of the query protocol is made of. */
export type Param = string | number | readonly Param[] | { readonly [name: string]: Param };

export interface QueryAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly text: string;
  /** Text of the first element of that name. */
  value(name: string): string;
}

export interface Session extends Credentials {
  readonly sessionToken: string;
}

export type StsHouse = Awaited<ReturnType<typeof openStsHouse>>;

export async function openStsHouse() {
  const house = await openHouse();
  const { identity, clock } = house;
  const authenticator = createAuthenticator({
    identity,
    clock,
    region: REGION,
    strictRegion: false,
  });
  const decisions = openTestLog(clock);
  const failures: string[] = [];
  const parts = {
    identity,
    authenticator,
    decisions,
    observer: decisions,
    clock,
    log: {
      write: (_: string, message: string, fields?: object) =>
        failures.push(`${message} ${JSON.stringify(fields)}`),
    },
    region: REGION,
  };
  const services = {
    sts: createQueryService(createStsService(parts), parts),
    iam: createQueryService(createIamService(parts), parts),
  };

  async function ask(
    service: 'sts' | 'iam',
    action: string,
    params: { readonly [name: string]: Param },
    as?: Credentials,
    at: 'header' | 'query' = 'header',
  ): Promise<QueryAnswer> {
    const version = service === 'sts' ? '2011-06-15' : '2010-05-08';
    const form = new URLSearchParams([
      ['Action', action],
      ['Version', version],
      ...flatten('', params),
    ]).toString();
    const headers = {
      host: `${service}.localhost`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const common = { region: REGION, service, nowMs: clock.nowMs() };
    const [method, body] = at === 'query' ? ['GET', ''] : ['POST', form];
    const payloadHash = hash('sha256', body, 'hex');
    const bare = at === 'query' ? `/?${form.replaceAll('+', '%20')}` : '/';
    const signed =
      as === undefined
        ? { target: bare, headers }
        : at === 'query'
          ? {
              target: presignV4({
                ...common,
                method,
                target: bare,
                headers: { host: headers.host },
                credentials: as,
                expiresInSeconds: 60,
                payloadHash,
              }),
              headers: { host: headers.host },
            }
          : {
              target: bare,
              headers: signRequestV4({
                ...common,
                method,
                target: bare,
                headers,
                credentials: as,
                payloadHash,
              }).headers,
            };
    const response = await services[service](
      {
        method,
        target: signed.target,
        headers: Headers.of(signed.headers),
        body: bodyOf(Buffer.from(body)),
        remoteAddress: '192.0.2.7',
        secure: true,
      },
      'REQUEST',
    );
    const text = Buffer.from(response.body as Uint8Array).toString('utf8');
    return {
      status: response.status,
      code: element(text, 'Code'),
      message: element(text, 'Message')?.replaceAll('&apos;', "'").replaceAll('&quot;', '"'),
      text,
      value(name) {
        const found = element(text, name);
        assert.ok(found !== undefined, `No ${name} in ${text}`);
        return found;
      },
    };
  }

  return {
    ...house,
    /** Faults of ours: nothing that anybody asks may add to them. */
    failures,
    sts: (action: string, params: { readonly [name: string]: Param }, as?: Credentials) =>
      ask('sts', action, params, as),
    iam: (action: string, params: { readonly [name: string]: Param }, as?: Credentials) =>
      ask('iam', action, params, as),
    ask,
    /** The session that an answer gives; fails where it gives none. */
    sessionOf,
    async role(account: string, name: string, trust: object, ...statements: readonly object[]) {
      const trustText = JSON.stringify({ Version: '2012-10-17', Statement: trust });
      const role = await identity.createRole(account, { name, trustText });
      if (statements.length > 0) {
        const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
        await identity.putRolePolicy(account, name, { name: 'inline', text });
      }
      return { role, arn: `arn:aws:iam::${account}:role/${name}` };
    },
    /** The status of getting an object. */
    async get(target: string, as?: Credentials): Promise<Answer> {
      return house.call('GET', target, { as });
    },
  };
}

export function sessionOf(answer: QueryAnswer): Session {
  assert.equal(answer.status, 200, answer.text);
  return {
    accessKeyId: answer.value('AccessKeyId'),
    secretAccessKey: answer.value('SecretAccessKey'),
    sessionToken: answer.value('SessionToken'),
  };
}

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function flatten(name: string, param: Param): [string, string][] {
  if (typeof param !== 'object') return [[name, String(param)]];
  const entries: [string, Param][] = Array.isArray(param)
    ? param.map((each: Param, index) => [`member.${index + 1}`, each])
    : Object.entries(param);
  return entries.flatMap(([key, each]) => flatten(name === '' ? key : `${name}.${key}`, each));
}
