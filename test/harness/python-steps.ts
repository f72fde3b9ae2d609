import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import type { Stage } from './stage.ts';

const harness = fileURLToPath(new URL('.', import.meta.url));

/** Runs a script of steps with a Python, as the user of a stage; every step becomes a test. */
export async function runPythonSteps(
  t: TestContext,
  stage: Stage,
  python: string,
  script: URL,
): Promise<void> {
  const { accessKeyId, secretAccessKey } = stage.user.credentials;
  const ran = await stage.workplace().run(python, [fileURLToPath(script)], {
    status: 'any',
    env: {
      HARNESS: harness,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      ENDPOINT: stage.server.endpoint,
      PORT: String(stage.server.port),
      BUCKET: stage.bucket,
      FOREIGN_BUCKET: stage.foreignBucket,
    },
  });
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('{'));
  for (const line of lines) {
    const { step, error } = JSON.parse(line) as { step: string; error: string | null };
    await t.test(step, () => assert.equal(error, null, error ?? ''));
  }
  assert.ok(lines.length > 0 && ran.status === 0, `The script ended early:\n${ran.stderr}`);
}
