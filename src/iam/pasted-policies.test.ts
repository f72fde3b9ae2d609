import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { openClients } from './testing/clients.ts';

/** Policies as they stand in the guides of applications, to be pasted. */
const FOLDER = new URL('../../test/fixtures/policies/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** What editors, terminals and web pages make of a text on its way. */
const PASTED: readonly (readonly [name: string, change: (text: string) => string])[] = [
  ['as it stands', (text) => text],
  ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with tabs', (text) => text.replaceAll(/^ +/gm, (blanks) => '\t'.repeat(blanks.length / 2))],
  ['with blank lines at both ends', (text) => `\n\n${text}\n\n`],
  ['in one line', (text) => text.replaceAll('\n', ' ')],
  ['indented deep', (text) => text.replaceAll('\n', `\n${' '.repeat(200)}`)],
];

test('policies of guides are taken as they are pasted, and given back unchanged', async () => {
  const { iam: client } = await openClients();
  const iam = client();
  await iam.send(new IAM.CreateUserCommand({ UserName: 'bob' }));
  assert.ok(files.length >= 4);
  for (const file of files) {
    const original = readFileSync(new URL(file, FOLDER), 'utf8');
    for (const [index, [name, change]] of PASTED.entries()) {
      const PolicyDocument = change(original.replaceAll('<bucket-name>', 'my-bucket'));
      const PolicyName = `${file.replace('.json', '')}-${index}`;
      const made = await iam.send(new IAM.CreatePolicyCommand({ PolicyName, PolicyDocument }));
      const version = { PolicyArn: made.Policy?.Arn, VersionId: 'v1' };
      const read = await iam.send(new IAM.GetPolicyVersionCommand(version));
      const text = decodeURIComponent(read.PolicyVersion?.Document ?? '');
      assert.equal(text, PolicyDocument, `${file} ${name}`);
      const inline = { UserName: 'bob', PolicyName: 'p' };
      await iam.send(new IAM.PutUserPolicyCommand({ ...inline, PolicyDocument }));
      const got = await iam.send(new IAM.GetUserPolicyCommand(inline));
      assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), PolicyDocument);
    }
  }
});
