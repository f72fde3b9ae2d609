import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EXIT, runCommand, type Call, type Command } from './command.ts';
import type { Io } from './io.ts';

/** What a call printed, with its exit code; or the call, when the command was reached. */
async function called(operands: readonly string[], words: string) {
  let seen: Call | undefined;
  const said: string[] = [];
  const command: Command = {
    summary: 'Try.',
    examples: [],
    flags: { one: 'One', switch: '(switch) On', each: '(repeated) Each' },
    operands,
    run: (call) => {
      seen = call;
      return Promise.resolve(EXIT.done);
    },
  };
  const io: Io = {
    environment: {},
    out: (text) => said.push(text),
    err: (text) => said.push(text),
    ask: () => Promise.resolve(undefined),
    untilStopped: () => new Promise(() => {}),
  };
  const exit = await runCommand(
    { 'noun verb': command },
    ['noun', 'verb', ...words.split(' ')],
    io,
  );
  return { exit, said: said.join(''), call: seen };
}

describe('runCommand', () => {
  test('flags once, switches, repeated flags', async () => {
    const { call } = await called([], '--one a --switch --each b --each=c');
    assert.deepEqual({ ...call?.flags }, { one: 'a', switch: 'true', each: 'c' });
    assert.deepEqual(call?.all('each'), ['b', 'c']);
    assert.deepEqual(call?.all('absent'), []);
    for (const words of ['--one a --one b', '--one', '--unknown', '--switch=1']) {
      assert.equal((await called([], words)).exit, EXIT.usage, words);
    }
  });

  const operands: readonly [readonly string[], string, boolean][] = [
    [[], 'a', false],
    [['name'], 'a', true],
    [['name'], 'a b', false],
    [['name', '[more]'], 'a', true],
    [['name', '[more]'], 'a b', true],
    [['name', '[more]'], 'a b c', false],
    [['name…'], '--switch', false],
    [['[name…]'], '--switch', true],
    [['[name…]'], 'a b c', true],
    [['name…'], 'a b c', true],
    [['name…'], '-- a --one --help', true],
  ];
  for (const [wanted, words, isTaken] of operands) {
    test(`operands ${wanted.join(' ')}: ${words}`, async () => {
      const { exit, said } = await called(wanted, words);
      assert.equal(exit, isTaken ? EXIT.done : EXIT.usage, said);
    });
  }

  test('help is printed where it is asked for, and not behind --', async () => {
    const help = await called(['name…'], '--help');
    assert.match(help.said, /coffer noun verb <name…>/);
    assert.equal((await called(['name…'], '-- a --help')).said, '');
  });
});
