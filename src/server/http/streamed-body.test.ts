import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collectBody } from '../../base/http.ts';
import { StreamedBody } from './streamed-body.ts';

const PIECE = Buffer.from('all of it');

function bodyOfConnection(length: number | undefined): StreamedBody {
  return new StreamedBody(length, { bodyAsked() {}, bodyWanted() {} });
}

it('takeWhole: a body that came in one piece, once', async () => {
  const body = bodyOfConnection(PIECE.byteLength);
  body.push(PIECE);
  assert.equal(body.takeWhole(), undefined, 'not before its end');
  body.end();
  assert.equal(body.takeWhole(), PIECE);
  assert.equal(body.takeWhole(), undefined);
  assert.equal((await collectBody(body, 99)).byteLength, 0);
});

it('takeWhole: gives nothing of a body in pieces, in part, or that someone reads', async () => {
  const inPieces = bodyOfConnection(2);
  inPieces.push(Buffer.from('a'));
  inPieces.push(Buffer.from('b'));
  inPieces.end();
  assert.equal(inPieces.takeWhole(), undefined);
  assert.equal((await collectBody(inPieces, 99)).toString(), 'ab');

  const aborted = bodyOfConnection(9);
  aborted.push(Buffer.from('a'));
  aborted.abort('gone');
  assert.equal(aborted.takeWhole(), undefined);
  await assert.rejects(collectBody(aborted, 99), { name: 'BodyAbortedError' });

  const read = bodyOfConnection(2);
  read.push(Buffer.from('a'));
  await read.next();
  read.push(Buffer.from('b'));
  read.end();
  assert.equal(read.takeWhole(), undefined);
});
