import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ManualClock, systemClock } from '../base/clock.ts';
import { Authority } from './authority.ts';
import { GivenCertificate } from './given-certificate.ts';
import { AWS_DOMAIN, isAwsName, LOCAL_RANGES, type Names } from './names.ts';
import { ServerContexts } from './server-contexts.ts';

const DAY_MS = 86_400_000;
const NOW_MS = systemClock.nowMs();
const PERMITTED: Names = { dns: ['localhost', AWS_DOMAIN], addresses: LOCAL_RANGES };
const authority = Authority.create(PERMITTED, 'a-test', NOW_MS);
const issue = (...dns: string[]) =>
  authority.issue({ dns, addresses: ['127.0.0.1', '::1'] }, NOW_MS);
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** What openssl says of a leaf of this authority, by its exit status and its words. */
function openssl(leaf: string, ...words: string[]): string {
  return opensslUnder(authority, leaf, ...words);
}

function opensslUnder({ pem }: Authority, leaf: string, ...words: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-certificates-'));
  try {
    writeFileSync(join(folder, 'ca.pem'), pem.certificate);
    writeFileSync(join(folder, 'leaf.pem'), leaf);
    const ran = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
    return `${ran.status} ${ran.stdout}${ran.stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('Authority', () => {
  test('its leaves are what Node reads: names, issuer, times, no authority', () => {
    const ca = new X509Certificate(authority.pem.certificate);
    const leaf = new X509Certificate(issue('s3.amazonaws.com').certificate);
    assert.equal(ca.ca, true);
    assert.equal(leaf.ca, false);
    assert.equal(ca.subject, 'O=Coffer\nCN=Coffer on a-test');
    assert.equal(leaf.issuer, ca.subject);
    assert.equal(
      leaf.subjectAltName,
      'DNS:s3.amazonaws.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    assert.ok(leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.equal(Math.round((leaf.validToDate.getTime() - NOW_MS) / DAY_MS), 90);
    assert.equal(Math.round((ca.validToDate.getTime() - NOW_MS) / DAY_MS), 3650);
    assert.ok(leaf.validFromDate.getTime() < NOW_MS);
    assert.notEqual(
      leaf.serialNumber,
      new X509Certificate(issue('localhost').certificate).serialNumber,
    );
  });

  test('openssl verifies them, strictly and by name', { skip: !hasOpenssl }, () => {
    const { certificate } = issue('my.bucket.s3.amazonaws.com');
    const verify = ['verify', '-x509_strict', '-CAfile', 'ca.pem', '-purpose', 'sslserver'];
    const names = ['-verify_hostname', 'my.bucket.s3.amazonaws.com', '-verify_ip', '127.0.0.1'];
    assert.match(openssl(certificate, ...verify, ...names, 'leaf.pem'), /^0 leaf.pem: OK/);
    const text = openssl(certificate, 'x509', '-in', 'ca.pem', '-noout', '-text');
    assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
    assert.match(
      text,
      /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+DNS:amazonaws.com/,
    );
    assert.match(text, /IP:10\.0\.0\.0\/255\.0\.0\.0/);
    assert.match(text, /Extended Key Usage:\s+TLS Web Server Authentication\n/);
  });

  test('one of names alone may speak for no address', { skip: !hasOpenssl }, () => {
    const ofNames = Authority.create({ dns: [AWS_DOMAIN], addresses: [] }, 'a-test', NOW_MS);
    const verify = (names: Names): string =>
      opensslUnder(
        ofNames,
        ofNames.issue(names, NOW_MS).certificate,
        'verify',
        '-CAfile',
        'ca.pem',
        'leaf.pem',
      );
    assert.match(verify({ dns: ['s3.amazonaws.com'], addresses: [] }), /^0 leaf.pem: OK/);
    for (const address of ['8.8.8.8', '127.0.0.1', '2001:db8::1']) {
      assert.match(verify({ dns: [], addresses: [address] }), /^2 .*subtree/s);
    }
    assert.deepEqual(ofNames.refused({ dns: ['iam.amazonaws.com'], addresses: ['127.0.0.1'] }), [
      '127.0.0.1',
    ]);
  });

  test('openssl refuses what lies outside of its names', { skip: !hasOpenssl }, () => {
    for (const name of ['example.com', 'notamazonaws.com']) {
      const { certificate } = issue(name);
      assert.match(
        openssl(certificate, 'verify', '-CAfile', 'ca.pem', 'leaf.pem'),
        /^2 .*subtree/s,
      );
    }
    const { certificate } = authority.issue({ dns: [], addresses: ['8.8.8.8'] }, NOW_MS);
    assert.match(openssl(certificate, 'verify', '-CAfile', 'ca.pem', 'leaf.pem'), /^2 .*subtree/s);
  });

  test('it says for whom it may not speak, also when it is read again', () => {
    const again = new Authority(authority.pem);
    const names = {
      dns: ['localhost', 'a.s3.localhost', 'iam.amazonaws.com', 'example.com', 'xlocalhost'],
      addresses: ['127.0.0.1', '10.1.2.3', '172.32.0.1', '8.8.8.8', '::1', 'fe80::1%eth0', '::2'],
    };
    const refused = ['example.com', 'xlocalhost', '172.32.0.1', '8.8.8.8', '::2'];
    assert.deepEqual(again.refused(names), refused);
    assert.deepEqual(authority.refused(names), refused);
  });

  test('a leaf never outlives it, and another key than its own is refused', () => {
    const late = authority.notAfterMs - DAY_MS;
    const leaf = authority.issue({ dns: ['localhost'], addresses: [] }, late);
    assert.equal(leaf.notAfterMs, authority.notAfterMs);
    const other = Authority.create(PERMITTED, 'other', NOW_MS);
    const mixed = { certificate: authority.pem.certificate, key: other.pem.key };
    assert.throws(() => new Authority(mixed), /not that of its certificate/);
  });

  test('years from 2050 on are written with four digits', () => {
    const later = Authority.create(PERMITTED, 'later', Date.UTC(2049, 5, 1));
    const { validFromDate, validToDate } = new X509Certificate(later.pem.certificate);
    assert.deepEqual(
      [validFromDate, validToDate].map((date) => date.getUTCFullYear()),
      [2049, 2059],
    );
  });
});

describe('isAwsName', () => {
  const yes = [
    's3.amazonaws.com',
    'b.s3.amazonaws.com',
    'my.dotted.bucket.s3.amazonaws.com',
    's3-eu-west-1.amazonaws.com',
    'b.s3-eu-west-1.amazonaws.com',
    's3.eu-west-1.amazonaws.com',
    'b.s3.eu-west-1.amazonaws.com',
    'b.s3.dualstack.eu-west-1.amazonaws.com',
    'iam.amazonaws.com',
    'sts.amazonaws.com',
    'sts.eu-west-1.amazonaws.com',
    '123456789012.s3-control.us-east-1.amazonaws.com',
    'bucket_with_underscores.s3.amazonaws.com',
  ];
  const no = [
    'amazonaws.com',
    'ec2.amazonaws.com',
    's3.amazonaws.com.example.com',
    'xs3.amazonaws.com',
    'b..s3.amazonaws.com',
    '-b.s3.amazonaws.com',
    'S3.amazonaws.com',
  ];
  for (const name of yes) test(name, () => assert.equal(isAwsName(name), true));
  for (const name of no) test(`not ${name}`, () => assert.equal(isAwsName(name), false));
});

describe('ServerContexts', () => {
  test('a context is made once for a name, and anew before it ends', () => {
    const clock = new ManualClock(NOW_MS);
    const contexts = new ServerContexts({
      authority,
      clock,
      usual: { dns: ['localhost'], addresses: [] },
      isServed: isAwsName,
    });
    const first = contexts.contextOf('B.s3.amazonaws.com');
    assert.equal(contexts.contextOf('b.s3.amazonaws.com'), first);
    assert.notEqual(contexts.contextOf('c.s3.amazonaws.com'), first);
    const unknown = contexts.contextOf('example.com');
    assert.equal(contexts.contextOf('other.example.com'), unknown);
    clock.advance(59 * DAY_MS);
    assert.equal(contexts.contextOf('b.s3.amazonaws.com'), first);
    clock.advance(2 * DAY_MS);
    assert.notEqual(contexts.contextOf('b.s3.amazonaws.com'), first);
  });
});

describe('GivenCertificate', () => {
  test('goes before, where it covers a name or nobody does, and is read anew', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-given-'));
    const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const clock = new ManualClock(NOW_MS);
    const write = (other: Authority, ...dns: string[]): void => {
      const { certificate, key } = other.issue({ dns, addresses: [] }, NOW_MS);
      writeFileSync(files.certificate, certificate);
      writeFileSync(files.key, key);
    };
    try {
      write(authority, 'files.example', '*.files.example');
      const given = new GivenCertificate(files, clock);
      const contexts = new ServerContexts({
        authority,
        given,
        clock,
        usual: { dns: ['localhost'], addresses: [] },
        isServed: (name) => name.endsWith('.example') || name === 'localhost',
      });
      const { context } = given;
      assert.equal(contexts.contextOf('b.files.example'), context);
      assert.equal(contexts.contextOf('unknown.test'), context);
      assert.notEqual(contexts.contextOf('a.b.files.example'), context);
      assert.notEqual(contexts.contextOf('localhost'), context);
      assert.equal(contexts.usualCertificate().cert, given.pem.cert);
      // Half of a renewal, and then the other half.
      const other = Authority.create(PERMITTED, 'other', NOW_MS);
      const renewed = other.issue({ dns: ['renewed.example'], addresses: [] }, NOW_MS);
      writeFileSync(files.certificate, renewed.certificate);
      clock.advance(3_600_000);
      assert.equal(given.context, context);
      writeFileSync(files.key, renewed.key);
      clock.advance(3_600_000);
      assert.notEqual(given.context, context);
      assert.ok(given.covers('renewed.example'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
