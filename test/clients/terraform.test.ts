import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { startServer, type TestServer } from '../harness/server.ts';

/**
 * What Terraform's AWS provider calls for roles and their surroundings, in its order: it reads back
 * all that it wrote, holds it against the configuration, and on the way out looks for what others
 * may have hung on what it deletes. Terraform itself is not to be had everywhere; its calls are.
 */

const document = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const TRUST = document({
  Action: 'sts:AssumeRole',
  Effect: 'Allow',
  Principal: { Service: 'ec2.amazonaws.com' },
});
const READ = document({
  Action: ['s3:GetObject', 's3:ListBucket'],
  Effect: 'Allow',
  Resource: '*',
});
const WRITE = document({ Action: 's3:PutObject', Effect: 'Allow', Resource: '*' });
const TAGS = [{ Key: 'Name', Value: 'app' }];
const ISSUER = 'https://token.actions.githubusercontent.com';

const decoded = (text: string | undefined) => JSON.parse(decodeURIComponent(text ?? ''));

/** NoSuchEntity is how the provider learns that something is to be made, or is gone. */
async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof IAM.NoSuchEntityException) return undefined;
    throw error;
  }
}

describe('the calls of Terraform', () => {
  let server: TestServer;
  let iam: IAM.IAMClient;

  before(async () => {
    server = await startServer();
    const { endpoint, root } = server;
    iam = new IAM.IAMClient({ endpoint, region: 'us-east-1', credentials: root, maxAttempts: 1 });
  });
  after(async () => {
    iam.destroy();
    await server[Symbol.asyncDispose]();
  });

  /** aws_iam_role: what a refresh reads. */
  async function readRole(RoleName: string) {
    const found = await orAbsent(iam.send(new IAM.GetRoleCommand({ RoleName })));
    if (found === undefined) return undefined;
    const inline: Record<string, unknown> = {};
    for await (const page of IAM.paginateListRolePolicies({ client: iam }, { RoleName })) {
      for (const PolicyName of page.PolicyNames ?? []) {
        const one = await iam.send(new IAM.GetRolePolicyCommand({ RoleName, PolicyName }));
        inline[PolicyName] = decoded(one.PolicyDocument);
      }
    }
    const attached: (string | undefined)[] = [];
    for await (const page of IAM.paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
      for (const { PolicyArn } of page.AttachedPolicies ?? []) attached.push(PolicyArn);
    }
    const { Role: role } = found;
    return {
      trust: decoded(role?.AssumeRolePolicyDocument),
      description: role?.Description ?? '',
      maxSession: role?.MaxSessionDuration,
      boundary: role?.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: role?.Tags ?? [],
      inline,
      attached,
    };
  }

  async function readProfile(InstanceProfileName: string) {
    const command = new IAM.GetInstanceProfileCommand({ InstanceProfileName });
    const found = (await orAbsent(iam.send(command)))?.InstanceProfile;
    // The role is looked at too, because one that is gone is to be put in again.
    const [role] = found?.Roles ?? [];
    if (role !== undefined) await iam.send(new IAM.GetRoleCommand({ RoleName: role.RoleName }));
    return found && { role: role?.RoleName, tags: found.Tags ?? [] };
  }

  /** aws_iam_policy: the policy, then its default version. */
  async function readPolicy(PolicyArn: string) {
    const found = (await orAbsent(iam.send(new IAM.GetPolicyCommand({ PolicyArn }))))?.Policy;
    if (found === undefined) return undefined;
    const VersionId = found.DefaultVersionId;
    const version = await iam.send(new IAM.GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return { text: decoded(version.PolicyVersion?.Document), tags: found.Tags ?? [] };
  }

  async function readProvider(OpenIDConnectProviderArn: string) {
    const command = new IAM.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn });
    const found = await orAbsent(iam.send(command));
    return (
      found && {
        url: `https://${found.Url}`,
        clientIds: found.ClientIDList ?? [],
        thumbprints: found.ThumbprintList ?? [],
        tags: found.Tags ?? [],
      }
    );
  }

  test('apply, refresh, change, destroy', async () => {
    const app = { RoleName: 'app' };
    const profile = { InstanceProfileName: 'app' };

    // Apply: every resource is made, then read back as it was configured.
    assert.equal(await readRole('app'), undefined);
    await iam.send(
      new IAM.CreateRoleCommand({
        ...app,
        Path: '/',
        AssumeRolePolicyDocument: TRUST,
        Description: 'The application',
        MaxSessionDuration: 3600,
        Tags: TAGS,
      }),
    );
    const asConfigured = {
      trust: JSON.parse(TRUST),
      description: 'The application',
      maxSession: 3600,
      boundary: undefined,
      tags: TAGS,
      inline: {},
      attached: [],
    };
    assert.deepEqual(await readRole('app'), asConfigured);
    const { Policy } = await iam.send(
      new IAM.CreatePolicyCommand({ PolicyName: 'app', Path: '/', PolicyDocument: READ }),
    );
    const policy = { PolicyArn: Policy?.Arn ?? '' };
    assert.deepEqual(await readPolicy(policy.PolicyArn), { text: JSON.parse(READ), tags: [] });
    await iam.send(new IAM.AttachRolePolicyCommand({ ...app, ...policy }));
    const inline = { ...app, PolicyName: 'inline' };
    await iam.send(new IAM.PutRolePolicyCommand({ ...inline, PolicyDocument: READ }));
    const withPolicies = {
      ...asConfigured,
      inline: { inline: JSON.parse(READ) },
      attached: [policy.PolicyArn],
    };
    assert.deepEqual(await readRole('app'), withPolicies);
    await iam.send(new IAM.CreateInstanceProfileCommand({ ...profile, Path: '/', Tags: TAGS }));
    await IAM.waitUntilInstanceProfileExists({ client: iam, maxWaitTime: 10 }, profile);
    await iam.send(new IAM.AddRoleToInstanceProfileCommand({ ...profile, ...app }));
    assert.deepEqual(await readProfile('app'), { role: 'app', tags: TAGS });
    const clientIds = ['sts.amazonaws.com'];
    const thumbprints = ['6938fd4d98bab03faadb97b34396831e3780aea1'];
    const { OpenIDConnectProviderArn = '' } = await iam.send(
      new IAM.CreateOpenIDConnectProviderCommand({
        Url: ISSUER,
        ClientIDList: clientIds,
        ThumbprintList: thumbprints,
      }),
    );
    const issuer = { OpenIDConnectProviderArn };
    const configuredIssuer = { url: ISSUER, clientIds, thumbprints, tags: [] };
    assert.deepEqual(await readProvider(OpenIDConnectProviderArn), configuredIssuer);

    // Change: trust by the provider, a boundary, other tags; the policy by a new version.
    const byIssuer = document({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Effect: 'Allow',
      Principal: { Federated: OpenIDConnectProviderArn },
      Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': clientIds[0] } },
    });
    await iam.send(new IAM.UpdateAssumeRolePolicyCommand({ ...app, PolicyDocument: byIssuer }));
    await iam.send(new IAM.UpdateRoleDescriptionCommand({ ...app, Description: '' }));
    await iam.send(new IAM.UpdateRoleCommand({ ...app, MaxSessionDuration: 7200 }));
    const boundary = policy.PolicyArn;
    await iam.send(
      new IAM.PutRolePermissionsBoundaryCommand({ ...app, PermissionsBoundary: boundary }),
    );
    await iam.send(new IAM.UntagRoleCommand({ ...app, TagKeys: ['Name'] }));
    const stage = [{ Key: 'Stage', Value: 'test' }];
    await iam.send(new IAM.TagRoleCommand({ ...app, Tags: stage }));
    assert.deepEqual(await readRole('app'), {
      ...withPolicies,
      trust: JSON.parse(byIssuer),
      description: '',
      maxSession: 7200,
      boundary,
      tags: stage,
    });
    for (const PolicyDocument of [WRITE, READ, WRITE, READ, WRITE]) {
      const { Versions = [] } = await iam.send(new IAM.ListPolicyVersionsCommand(policy));
      const oldest = Versions.filter((version) => version.IsDefaultVersion !== true).at(-1);
      if (Versions.length >= 5) {
        const { VersionId } = oldest ?? {};
        await iam.send(new IAM.DeletePolicyVersionCommand({ ...policy, VersionId }));
      }
      const next = { ...policy, PolicyDocument, SetAsDefault: true };
      await iam.send(new IAM.CreatePolicyVersionCommand(next));
    }
    assert.deepEqual(await readPolicy(policy.PolicyArn), { text: JSON.parse(WRITE), tags: [] });
    const another = ['a1'.repeat(20)];
    await iam.send(
      new IAM.UpdateOpenIDConnectProviderThumbprintCommand({ ...issuer, ThumbprintList: another }),
    );
    await iam.send(
      new IAM.AddClientIDToOpenIDConnectProviderCommand({ ...issuer, ClientID: 'other' }),
    );
    assert.deepEqual(await readProvider(OpenIDConnectProviderArn), {
      ...configuredIssuer,
      clientIds: [...clientIds, 'other'],
      thumbprints: another,
    });

    // Destroy, with `force_detach_policies`: the role lets go of all that it is in or has on it.
    await iam.send(new IAM.DeleteOpenIDConnectProviderCommand(issuer));
    assert.equal(await readProvider(OpenIDConnectProviderArn), undefined);
    const inProfiles = await iam.send(new IAM.ListInstanceProfilesForRoleCommand(app));
    for (const { InstanceProfileName } of inProfiles.InstanceProfiles ?? []) {
      const inside = { ...app, InstanceProfileName };
      await iam.send(new IAM.RemoveRoleFromInstanceProfileCommand(inside));
    }
    assert.deepEqual(await readProfile('app'), { role: undefined, tags: TAGS });
    await iam.send(new IAM.DeleteInstanceProfileCommand(profile));
    const attached = await iam.send(new IAM.ListAttachedRolePoliciesCommand(app));
    for (const { PolicyArn } of attached.AttachedPolicies ?? []) {
      await iam.send(new IAM.DetachRolePolicyCommand({ ...app, PolicyArn }));
    }
    const named = await iam.send(new IAM.ListRolePoliciesCommand(app));
    for (const PolicyName of named.PolicyNames ?? []) {
      await iam.send(new IAM.DeleteRolePolicyCommand({ ...app, PolicyName }));
    }
    await iam.send(new IAM.DeleteRolePermissionsBoundaryCommand(app));
    await iam.send(new IAM.DeleteRoleCommand(app));
    const { Versions = [] } = await iam.send(new IAM.ListPolicyVersionsCommand(policy));
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (IsDefaultVersion === true) continue;
      await iam.send(new IAM.DeletePolicyVersionCommand({ ...policy, VersionId }));
    }
    await iam.send(new IAM.DeletePolicyCommand(policy));
    assert.equal(await readRole('app'), undefined);
    assert.equal(await readProfile('app'), undefined);
    assert.equal(await readPolicy(policy.PolicyArn), undefined);
  });
});
