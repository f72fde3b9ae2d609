import { after, before, describe, test } from 'node:test';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { runPythonSteps } from '../harness/python-steps.ts';
import { openStage, type Stage } from '../harness/stage.ts';

const { skip: noAws } = need('aws', findProgram('aws'));

const lanes = [
  { module: 'boto', script: new URL('boto2.py', import.meta.url) },
  // Debian's release and, where another Python brings one, a release with newer default checksums.
  { module: 'boto3', script: new URL('boto3_client.py', import.meta.url) },
];

for (const { module, script } of lanes) {
  const pythons = findPythons(module);
  const { skip: noModule } = need(`a Python with ${module}`, pythons[0]?.python);
  describe(module, { skip: noModule || noAws }, () => {
    for (const { python, version } of pythons) {
      describe(`release ${version}`, () => {
        let stage: Stage;
        before(async () => (stage = await openStage(module)));
        after(() => stage[Symbol.asyncDispose]());
        test('steps', (t) => runPythonSteps(t, stage, python, script));
      });
    }
  });
}
