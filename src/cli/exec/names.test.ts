import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { awsAnswer, parseQuestion, serveNames } from './names.ts';

const TYPE_A = 1;
const TYPE_AAAA = 28;

/** A question as the C library sends it. */
function question(name: string, type: number): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}

describe('parseQuestion', () => {
  test('reads name and type', () => {
    const asked = question('My.Bucket.S3.amazonaws.com', TYPE_A);
    const parsed = { name: 'my.bucket.s3.amazonaws.com', type: TYPE_A, end: asked.length };
    assert.deepEqual(parseQuestion(asked), parsed);
    assert.deepEqual(parseQuestion(Buffer.concat([asked, Buffer.alloc(11)])), parsed);
  });

  test('gives nothing for what is cut off, points elsewhere or asks twice', () => {
    const asked = question('a.bc', TYPE_A);
    for (let size = 0; size < asked.length; size += 1) {
      assert.equal(parseQuestion(asked.subarray(0, size)), undefined);
    }
    const pointing = Buffer.from(asked);
    pointing[12] = 0xc0;
    assert.equal(parseQuestion(pointing), undefined);
    const twice = Buffer.from(asked);
    twice[5] = 2;
    assert.equal(parseQuestion(twice), undefined);
  });

  test('never throws, and never reads on behind the message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const parsed = parseQuestion(bytes);
        if (parsed !== undefined) assert.ok(parsed.end <= bytes.length);
      }),
    );
  });
});

describe('awsAnswer', () => {
  test('has one address for A, and none for anything else', () => {
    const asked = question('s3.amazonaws.com', TYPE_A);
    const answer = awsAnswer(asked, parseQuestion(asked)!);
    assert.equal(answer.toString('hex', 0, 8), '1234818000010001');
    assert.equal(answer.toString('hex', asked.length), 'c00c000100010000003c0004c6120001');
    const six = question('s3.amazonaws.com', TYPE_AAAA);
    assert.equal(awsAnswer(six, parseQuestion(six)!).readUInt16BE(6), 0);
  });
});

test('serveNames answers a resolver, and fails at once for others when nobody is to be asked', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  using _serving = serveNames(socket, []);
  const resolver = new Resolver({ tries: 1, timeout: 30_000 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  assert.deepEqual(await resolver.resolve4('any.bucket.s3.eu-west-1.amazonaws.com'), [
    '198.18.0.1',
  ]);
  await assert.rejects(resolver.resolve6('s3.amazonaws.com'), { code: 'ENODATA' });
  await assert.rejects(resolver.resolve4('ec2.amazonaws.com'), { code: 'ESERVFAIL' });
});

test('serveNames: what is answered after the end is for nobody', async () => {
  const inside = createSocket('udp4');
  inside.bind(0, '127.0.0.1');
  await once(inside, 'listening');
  const closed = once(inside, 'close');
  const names = serveNames(inside, ['127.0.0.1']);
  const { port, address } = inside.address();
  const asked = question('example.com', TYPE_A);
  inside.emit('message', asked, { port, address, family: 'IPv4', size: asked.length });
  names[Symbol.dispose]();
  await closed;
  // Nobody serves names there, or somebody does: either is told a moment later.
  const probe = createSocket('udp4');
  probe.connect(53, '127.0.0.1');
  await once(probe, 'connect');
  probe.send(asked);
  await once(probe, 'message').catch(() => {});
  probe.close();
});
