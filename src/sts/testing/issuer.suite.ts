import {
  createHmac,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface IssuerKey {
  readonly id: string;
  readonly algorithm: 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512';
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
}

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;

export function newIssuerKey(
  id: string,
  algorithm: IssuerKey['algorithm'] = 'ES256',
  bits = 2048,
): IssuerKey {
  const { publicKey, privateKey } = algorithm.startsWith('RS')
    ? generateKeyPairSync('rsa', { modulusLength: bits })
    : generateKeyPairSync('ec', { namedCurve: CURVES[algorithm as keyof typeof CURVES] });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: algorithm };
  return { id, algorithm, privateKey, jwk };
}

type Claims = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token signed with the key; `header` goes over what would stand there. */
export function signToken(key: IssuerKey, claims: Claims, header: Claims = {}): string {
  const head = { alg: key.algorithm, typ: 'JWT', kid: key.id, ...header };
  const signed = `${encode(head)}.${encode(claims)}`;
  const hash = `sha${key.algorithm.slice(2)}`;
  const signature = sign(hash, Buffer.from(signed), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

/** What libraries have been talked into believing: no signature, or one with a public secret. */
export function unsignedToken(claims: Claims, alg = 'none', secret?: string): string {
  const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  const signature =
    secret === undefined ? '' : createHmac('sha256', secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

/** An OpenID issuer on this machine, as far as anybody who verifies tokens asks it. */
export async function startIssuer(
  path = '',
  certificate?: { readonly certificate: string; readonly key: string },
) {
  const published: JsonWebKey[] = [];
  const asked: string[] = [];
  let answer: ((response: ServerResponse, target: string) => boolean) | undefined;
  let url = '';
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const target = request.url ?? '';
    asked.push(target);
    if (answer?.(response, target) === true) return;
    response.setHeader('content-type', 'application/json');
    if (target === `${path}/.well-known/openid-configuration`) {
      response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    } else if (target === `${path}/keys`) {
      response.end(JSON.stringify({ keys: published }));
    } else {
      response.writeHead(404).end('{}');
    }
  };
  const server =
    certificate === undefined
      ? createServer(serve)
      : createTlsServer({ cert: certificate.certificate, key: certificate.key }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const scheme = certificate === undefined ? 'http://' : 'https://';
  url = `${scheme}127.0.0.1:${port}${path}`;
  return {
    url,
    /** As providers and condition keys name it. */
    name: url.slice(scheme.length),
    port,
    published,
    /** Targets, in the order in which they were asked for. */
    asked,
    /** Lets `how` answer in the issuer's place where it returns true. */
    misbehave(how: typeof answer): void {
      answer = how;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
