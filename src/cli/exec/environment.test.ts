import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentInside, environmentOutside, proxyPorts } from './environment.ts';

const IDENTITY = {
  credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  region: 'eu-west-1',
};

test('environmentInside lets AWS names stand, and keeps what is the person’s', () => {
  const own = {
    HOME: '/h',
    AWS_PROFILE: 'p',
    AWS_ENDPOINT_URL: 'x',
    AWS_ENDPOINT_URL_S3: 'y',
    A: undefined,
  };
  assert.deepEqual(environmentInside(own, undefined), {
    HOME: '/h',
    AWS_PROFILE: 'p',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  });
});

test('environmentInside gives a chosen key, whose token is its own', () => {
  const inside = environmentInside({ AWS_SESSION_TOKEN: 'of another key' }, IDENTITY);
  assert.deepEqual(
    [inside['AWS_ACCESS_KEY_ID'], inside['AWS_SESSION_TOKEN'], inside['AWS_REGION']],
    ['AKIA', undefined, 'eu-west-1'],
  );
});

test('environmentInside leaves nothing that goes before a role', () => {
  const own = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_SECURITY_TOKEN: 'c',
    AWS_PROFILE: 'd',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'e',
    AWS_MAX_ATTEMPTS: '1',
  };
  assert.deepEqual(environmentInside(own, { credentials: undefined, region: 'r' }), {
    AWS_MAX_ATTEMPTS: '1',
    AWS_REGION: 'r',
    AWS_DEFAULT_REGION: 'r',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  });
});

test('environmentInside keeps proxies away from AWS’s names', () => {
  const inside = environmentInside(
    { https_proxy: 'http://p:3128', NO_PROXY: 'localhost' },
    undefined,
  );
  assert.match(inside['NO_PROXY'] ?? '', /^localhost,\.amazonaws\.com,169\.254\.169\.254/);
  assert.match(inside['no_proxy'] ?? '', /^\.amazonaws\.com/);
});

test('proxyPorts reads every spelling', () => {
  const ports = {
    http_proxy: 'http://p:3128/',
    HTTPS_PROXY: 'https://p',
    ALL_PROXY: 'p:1080',
    x: '',
  };
  assert.deepEqual(proxyPorts(ports), [3128, 443, 1080]);
  assert.deepEqual(proxyPorts({ http_proxy: '' }), []);
});

test('environmentOutside names the endpoint', () => {
  const outside = environmentOutside(
    { AWS_ENDPOINT_URL_S3: 'y' },
    undefined,
    new URL('http://127.0.0.1:9000/'),
    '/ca.pem',
  );
  assert.deepEqual(outside, {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9000',
    AWS_CA_BUNDLE: '/ca.pem',
  });
});
