import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findProgram, need } from '../harness/clients.ts';
import { sendRaw } from '../harness/raw-http.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Workplace } from '../harness/workplace.ts';

const { skip: noCurl } = need('curl', findProgram('curl'));
const { skip: noAws } = need('aws', findProgram('aws'));

describe('requests by hand', { skip: noCurl || noAws }, () => {
  let stage: Stage;
  let home: Workplace;
  let open: string;

  before(async () => {
    stage = await openStage('by-hand');
    home = stage.workplace();
    open = `${stage.bucket}-open`;
    await stage.admin(`s3api create-bucket --bucket ${open} --acl public-read-write`);
    await stage.admin(`s3 cp --acl public-read - s3://${open}/hello`, { input: 'hello world' });
    await stage.admin(`s3 cp - s3://${open}/private`, { input: 'private' });
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Status, a space, and the body. */
  const curl = async (...args: string[]): Promise<string> => {
    const { stdout } = await home.run('curl', [
      '-sS',
      '-o',
      'body',
      '-w',
      '%{http_code} ',
      ...args,
    ]);
    return stdout + (await home.run('cat', ['body'], { status: 'any' })).stdout;
  };
  const url = (path: string): string => `${stage.server.endpoint}/${path}`;

  test('anonymous requests get what ACLs open, and no more', async () => {
    assert.equal(await curl(url(`${open}/hello`)), '200 hello world');
    assert.match(await curl(url(open)), /^200 .*<Key>hello<\/Key>/s);
    assert.match(await curl(url(`${open}/private`)), /^403 .*<Code>AccessDenied<\/Code>/s);
    assert.match(await curl(url(stage.bucket)), /^403 .*<Code>AccessDenied<\/Code>/s);
    assert.match(await curl('-T', '/dev/null', url(`${open}/by-anyone`)), /^200 /);
    assert.match(await curl('-T', '/dev/null', url(`${stage.bucket}/x`)), /^403 /);
    assert.match(await curl(url('')), /^(307|403) /);
    assert.match(await curl(url(`${stage.bucket}-never/x`)), /^404 .*<Code>NoSuchBucket<\/Code>/s);
  });

  test('anonymous learn nothing of a closed bucket by conditions', async () => {
    for (const header of ['If-None-Match: *', 'If-Match: "x"', 'Range: bytes=999-']) {
      assert.match(await curl('-H', header, url(`${open}/private`)), /^403 /);
      assert.match(await curl('-H', header, url(`${stage.bucket}/none`)), /^403 /);
    }
    const head = await home.run('curl', ['-sSI', url(`${open}/private`)]);
    assert.match(head.stdout, /^HTTP\/1\.1 403 /);
    assert.doesNotMatch(head.stdout, /<Code>/);
  });

  test('every answer has a request id, and errors are XML that names it', async () => {
    const { stdout } = await home.run('curl', ['-sSi', url(`${open}/never`)]);
    const id = /^x-amz-request-id: (\S+)/im.exec(stdout)?.[1];
    assert.match(id ?? '', /^[0-9A-Z]{16}$/);
    assert.ok(stdout.includes(`<RequestId>${id}</RequestId>`), stdout);
    assert.match(stdout, /^content-type: application\/xml/im);
  });

  test('virtual hosts of localhost and of AWS’s own names', async () => {
    const hosts = [
      `${open}.s3.localhost:${stage.server.port}`,
      `${open}.s3.amazonaws.com`,
      `${open}.s3.eu-west-1.amazonaws.com`,
      `${open}.s3-eu-west-1.amazonaws.com`,
    ];
    for (const host of hosts) {
      assert.equal(await curl('-H', `Host: ${host}`, url('hello')), '200 hello world', host);
    }
  });

  test('dots, doubled slashes and escapes in a path are names like others', async () => {
    const path = `${open}/a/../b//c/./%2e%2e/+%2B%20`;
    assert.match(await curl('--path-as-is', '-T', '/etc/hostname', url(path)), /^200 /);
    const listed = await curl(url(`${open}?prefix=a/`));
    assert.ok(listed.includes('<Key>a/../b//c/./../++ </Key>'), listed);
    assert.match(
      await curl('--path-as-is', url(`${open}/../${stage.foreignBucket}/secret`)),
      /^(403|404) /,
    );
  });

  test('sub-resources that are not served say so and change nothing', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await curl('-X', method, url(`${open}?website`));
      assert.match(answer, /^(403|501) /, `${method} ?website: ${answer}`);
    }
    assert.equal(await curl(url(`${open}/hello`)), '200 hello world');
  });

  test('preflights follow the CORS rules of the bucket', async () => {
    const rules = {
      CORSRules: [
        { AllowedMethods: ['PUT'], AllowedOrigins: ['https://*.example'], AllowedHeaders: ['x-*'] },
      ],
    };
    const args = ['s3api', 'put-bucket-cors', '--bucket', open, '--cors-configuration'];
    await stage.admin([...args, JSON.stringify(rules)]);
    const preflight = (origin: string): Promise<string> =>
      curl(
        '-X',
        'OPTIONS',
        '-i',
        '-H',
        `Origin: ${origin}`,
        '-H',
        'Access-Control-Request-Method: PUT',
        url(`${open}/x`),
      );
    assert.match(
      await preflight('https://a.example'),
      /^200 .*access-control-allow-origin: https:\/\/a\.example/is,
    );
    assert.match(await preflight('https://evil.test'), /^403 /);
  });

  describe('what no client would send', () => {
    const raw = (...pieces: (string | Uint8Array)[]): ReturnType<typeof sendRaw> =>
      sendRaw(stage.server.port, ...pieces);
    const head = (line: string, ...headers: string[]): string =>
      [line, `Host: 127.0.0.1:${stage.server.port}`, 'Connection: close', ...headers, '', ''].join(
        '\r\n',
      );

    test('broken HTTP is answered with 400 and a closed connection', async () => {
      const cases = ['GET\r\n\r\n', 'G\0T / HTTP/1.1\r\n\r\n', '\x16\x03\x01\0'];
      for (const text of cases) assert.equal((await raw(text)).status, 400, JSON.stringify(text));
      assert.equal((await raw('GET / HTTP/9.9\r\n\r\n')).status, 505);
    });

    test('a request without Host, or with two lengths, is refused', async () => {
      assert.equal((await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).status, 400);
      const two = head(`PUT /${open}/x HTTP/1.1`, 'Content-Length: 1', 'Content-Length: 2');
      assert.equal((await raw(two, 'xx')).status, 400);
    });

    test('paths that are no UTF-8, hold NUL or are too long are refused', async () => {
      const bad = [
        `/${open}/%ff%fe`,
        `/${open}/a%00b`,
        `/${open}/${'k'.repeat(1025)}`,
        `/${open}/%zz`,
      ];
      for (const path of bad) {
        const { status, body } = await raw(head(`GET ${path} HTTP/1.1`));
        assert.ok(status >= 400 && status < 500, `${path}: ${status} ${body}`);
      }
      const longest = await raw(
        head(`PUT /${open}/${'k'.repeat(1024)} HTTP/1.1`, 'Content-Length: 0'),
      );
      assert.equal(longest.status, 200, longest.body);
    });

    test('a PUT without a length is refused as AWS does', async () => {
      const { status, body } = await raw(head(`PUT /${open}/x HTTP/1.1`));
      assert.ok(status === 411 || status === 200, `${status} ${body}`);
    });

    test('XML bombs and foreign entities are refused', async () => {
      const bombs = [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
        `${'<a>'.repeat(100_000)}`,
        '<Delete><Object><Key>x</Key></Object>',
      ];
      for (const body of bombs) {
        const data = `@${home.write('bomb.xml', body)}`;
        const answer = await curl('-X', 'POST', '--data-binary', data, url(`${open}?delete`));
        assert.match(answer, /^4\d\d .*<Code>\w+<\/Code>/s);
        assert.doesNotMatch(answer, /root:/);
      }
    });

    test('headers without end are cut off', async () => {
      const { status } = await raw(head('GET / HTTP/1.1', `X-Long: ${'x'.repeat(100_000)}`));
      assert.ok(status === 431 || status === 400, String(status));
    });

    test('a client that vanishes in the middle of a PUT leaves nothing', async () => {
      const { connect } = await import('node:net');
      const socket = connect({ port: stage.server.port, host: '127.0.0.1' });
      socket.write(
        head(`PUT /${open}/half HTTP/1.1`, 'Content-Length: 1000000') + 'x'.repeat(1000),
      );
      await new Promise<void>((resolve) => socket.end(resolve));
      socket.destroy();
      assert.match(await curl(url(`${open}/half`)), /^404 /);
      assert.equal(await curl(url(`${open}/hello`)), '200 hello world');
    });
  });

  test('after all this the server is up and has logged no failure of its own', async () => {
    assert.equal(await curl(url(`${open}/hello`)), '200 hello world');
    assert.doesNotMatch(stage.server.output(), /InternalError|Error:|"level":"error"/);
  });
});
