import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AwsCli } from './aws-cli.ts';
import type { Credentials } from './server.ts';

const ACCESS_KEY_ID = /^AKIA[A-Z0-9]{16}$/;
const SECRET_ACCESS_KEY = /^[A-Za-z0-9/+=]{40}$/;

export interface GuideSteps {
  readonly bucket: string;
  /** Where the guide wants the bucket; undefined takes what is offered. */
  readonly region?: string;
  readonly userName: string;
  readonly policyName: string;
  /** The text of the guide, as a person pastes it. */
  readonly policy: string;
  /** As a managed policy that is attached, or put inline on the user. */
  readonly by: 'attach' | 'put';
}

export interface GuideUser {
  readonly name: string;
  readonly arn: string;
  /** Undefined when the policy is inline. */
  readonly policyArn: string | undefined;
  readonly credentials: Credentials;
}

/** A policy of a published setup guide, as it looks after a copy from a browser into an editor. */
export function pastedPolicy(name: string, bucket?: string): string {
  const file = new URL(`../fixtures/policies/${name}.json`, import.meta.url);
  const text = readFileSync(file, 'utf8').replaceAll('<bucket-name>', bucket ?? '<bucket-name>');
  return text.replace(/ {2}/g, '\t').replaceAll('\n', '\r\n');
}

/** Everything that "AWS S3 setup" pages ask of an administrator, with the official command line. */
export async function followGuide(admin: AwsCli, steps: GuideSteps): Promise<GuideUser> {
  const { bucket, region, userName, policyName, policy } = steps;
  const location =
    region === undefined ? '' : ` --create-bucket-configuration LocationConstraint=${region}`;
  await admin.json(`s3api create-bucket --bucket ${bucket}${location}`);
  const user = await admin.json(`iam create-user --user-name ${userName}`);
  const named = `--policy-name ${policyName}`;
  const document = `--policy-document file://${admin.workplace.write(`${policyName}.json`, policy)}`;
  let policyArn: string | undefined;
  if (steps.by === 'attach') {
    policyArn = (await admin.json(`iam create-policy ${named} ${document}`)).Policy.Arn as string;
    await admin(`iam attach-user-policy --user-name ${userName} --policy-arn ${policyArn}`);
  } else {
    await admin(`iam put-user-policy --user-name ${userName} ${named} ${document}`);
  }
  const { AccessKey } = await admin.json(`iam create-access-key --user-name ${userName}`);
  assert.match(AccessKey.AccessKeyId, ACCESS_KEY_ID);
  assert.match(AccessKey.SecretAccessKey, SECRET_ACCESS_KEY);
  return {
    name: userName,
    arn: user.User.Arn,
    policyArn,
    credentials: {
      accessKeyId: AccessKey.AccessKeyId,
      secretAccessKey: AccessKey.SecretAccessKey,
    },
  };
}
