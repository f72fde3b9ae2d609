import type { Clock } from '../base/clock.ts';
import { utf8 } from '../base/bytes.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { CurrentCredentials, wholeSeconds, type RoleSource } from './credentials.ts';
import { isSentHere } from './guard.ts';
import { metadataOf, textAt, type Instance } from './instance.ts';
import { MetadataTokens, sameSecret, TOKEN_TTL_SECONDS } from './tokens.ts';

export interface MetadataParts {
  readonly source: RoleSource;
  readonly instance: Instance;
  readonly clock: Clock;
  readonly log: Log;
  /** Refuses requests without a session token, as an instance does whose tokens are "required". */
  readonly isV2Only: boolean;
  /** What the container endpoint wants in Authorization; it answers nobody when there is none. */
  readonly containerToken: string | undefined;
}

export type MetadataService = (request: HttpRequest) => Promise<HttpResponse>;

/** Where AWS_CONTAINER_CREDENTIALS_FULL_URI points. */
export const CONTAINER_PATH = '/v1/credentials';

const TOKEN_PATH = '/latest/api/token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
/** Every version that ever was is answered alike, as there is but one set of data. */
const VERSIONED = /^\/(?:latest|\d{4}-\d\d-\d\d|1\.0)(?:\/(.*))?$/;
const FIRST_VERSION = '1.0';

/**
 * Instance metadata, versions 1 and 2, and the endpoint that containers take credentials from. It
 * answers at the root of a listener of its own: SDKs drop a path before theirs, and a bucket may be
 * called `latest`.
 */
export function createMetadataService(parts: MetadataParts): MetadataService {
  const { clock, log, source, instance } = parts;
  const tokens = new MetadataTokens(clock);
  const current = new CurrentCredentials(source, clock);

  async function metadata(path: string): Promise<HttpResponse> {
    const role = await source.role();
    const credentials = role && (await current.of(role));
    const text = textAt(metadataOf(instance, role, credentials), path);
    return text === undefined ? answer(404, 'Not Found') : answer(200, text);
  }

  async function container(request: HttpRequest): Promise<HttpResponse> {
    const given = request.headers.get('authorization');
    const wanted = parts.containerToken;
    if (wanted === undefined || given === undefined || !sameSecret(given, wanted)) {
      return answer(401, 'Unauthorized');
    }
    const role = await source.role();
    if (role === undefined) return answer(404, 'Not Found');
    const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = await current.of(role);
    const document = {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: wholeSeconds(expiresAtMs),
      AccountId: role.account,
    };
    return answer(200, JSON.stringify(document), 'application/json');
  }

  function issueToken({ headers }: HttpRequest): HttpResponse {
    const ttl = headers.get(TTL_HEADER) ?? '';
    const seconds = /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0;
    if (seconds < TOKEN_TTL_SECONDS.min || seconds > TOKEN_TTL_SECONDS.max) {
      return answer(400, 'Bad Request');
    }
    const response = answer(200, tokens.issue(seconds));
    response.headers.push(TTL_HEADER, String(seconds));
    return response;
  }

  async function respond(request: HttpRequest): Promise<HttpResponse> {
    if (!isSentHere(request)) return answer(403, 'Forbidden');
    const path = request.target.split('?', 1)[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path === CONTAINER_PATH) return isRead ? container(request) : answer(405, 'Not Allowed');
    if (path === TOKEN_PATH) {
      return request.method === 'PUT' ? issueToken(request) : answer(405, 'Not Allowed');
    }
    if (!isRead) return answer(405, 'Not Allowed');
    const token = request.headers.get(TOKEN_HEADER);
    if (token === undefined ? parts.isV2Only : !tokens.holds(token)) {
      return answer(401, 'Unauthorized');
    }
    if (path === '/') return answer(200, `${FIRST_VERSION}\nlatest`);
    const versioned = VERSIONED.exec(path);
    return versioned === null ? answer(404, 'Not Found') : metadata(versioned[1] ?? '');
  }

  return async (request) => {
    try {
      const response = await respond(request);
      return request.method === 'HEAD' ? withoutBody(response) : response;
    } catch (error) {
      log.write('error', 'Instance metadata could not be answered', { error: String(error) });
      return answer(500, 'Internal Server Error');
    }
  };
}

function answer(status: number, text: string, type = 'text/plain'): HttpResponse {
  return { status, headers: ['Content-Type', type, 'Server', 'EC2ws'], body: utf8(text) };
}

function withoutBody({ status, headers, body }: HttpResponse): HttpResponse {
  return { status, headers: [...headers, 'Content-Length', String(body?.length ?? 0)] };
}
