import { assert } from '../base/assert.ts';
import { LruMap } from '../base/lru.ts';
import {
  compilePolicy,
  OWN_PASSWORD_POLICY,
  parsePolicy,
  type CompiledPolicy,
} from '../policy/index.ts';
import { policyArn, roleArn } from './arn.ts';
import { awsManagedPolicyById } from './aws-managed-policies.ts';
import { TornReadError, type Reads } from './following-cache.ts';
import type { Actor, Identity, PrincipalPolicies, Role, User } from './model.ts';
import { groups, inlineTexts, passwordPolicies, policies, policyTexts } from './records.ts';
import type { Session } from './sessions/session.ts';

/** Compiled policies that are kept: more than the quotas of one account let it have managed ones. */
const COMPILED_MAX = 16_384;

type SourceType = 'identity-based' | 'permissions boundary' | 'session';

/** What a managed session policy that has since been deleted allows. */
const NOTHING = compilePolicy(
  { version: '2012-10-17', statements: [] },
  { type: 'session', id: 'deleted' },
);

const OWN_PASSWORD = compileText(
  OWN_PASSWORD_POLICY,
  'identity-based',
  'AllowUsersToChangePassword',
);

/**
 * Stored policies in compiled form, each compiled once: the texts of managed versions never change,
 * and an inline text is known by the version of its row.
 */
export class PolicyReader {
  readonly #compiled = new LruMap<string, CompiledPolicy>(COMPILED_MAX);

  /** Everything that applies to the user: his own policies, then those of each of his groups. */
  async policiesOf(reads: Reads, user: User): Promise<PrincipalPolicies> {
    const found = await Promise.all(user.groupIds.map((id) => reads.get(groups, user.account, id)));
    const carriers = [user, ...found.filter((group) => group !== undefined)];
    const [applying, passwordPolicy] = await Promise.all([
      this.#applying(reads, user, carriers),
      reads.get(passwordPolicies, user.account),
    ]);
    if (passwordPolicy?.mayUsersChange !== true) return applying;
    return { ...applying, identity: [...applying.identity, OWN_PASSWORD] };
  }

  /** Everything that applies to each session of the role. */
  policiesOfRole(reads: Reads, role: Role): Promise<PrincipalPolicies> {
    return this.#applying(reads, role, [role]);
  }

  /** The trust policy, which is read with the role and so is kept with it by whoever asks. */
  trustPolicyOf(role: Role): CompiledPolicy {
    const arn = roleArn(role);
    const parsed = parsePolicy(role.trustText, 'trust');
    assert(parsed.ok, `The trust policy of ${arn} does not parse`);
    return compilePolicy(parsed.document, { type: 'trust', id: arn });
  }

  async #applying(
    reads: Reads,
    { account, boundaryPolicyId }: Actor,
    carriers: readonly Identity[],
  ): Promise<PrincipalPolicies> {
    const lists = await Promise.all(carriers.map((carrier) => this.#policiesOn(reads, carrier)));
    const identity = lists.flat();
    if (boundaryPolicyId === undefined) return { identity };
    const type = 'permissions boundary';
    return { identity, boundary: await this.#managed(reads, account, boundaryPolicyId, type) };
  }

  /** What was passed when the session began: the inline policy, then the managed ones. */
  async sessionPolicies(reads: Reads, session: Session): Promise<readonly CompiledPolicy[]> {
    const { account, policy, policyIds } = session;
    const managed = await Promise.all(
      policyIds.map(async (id) => {
        const isThere =
          awsManagedPolicyById(id) !== undefined ||
          (await reads.get(policies, account, id)) !== undefined;
        return isThere ? this.#managed(reads, account, id, 'session') : NOTHING;
      }),
    );
    if (policy === undefined) return managed;
    return [compileText(policy, 'session', 'inline'), ...managed];
  }

  async #policiesOn(reads: Reads, identity: Identity): Promise<readonly CompiledPolicy[]> {
    const { account } = identity;
    const inline = identity.inlinePolicies.map(({ name }) => this.#inline(reads, identity, name));
    const attached = identity.attachedPolicyIds.map((id) =>
      this.#managed(reads, account, id, 'identity-based'),
    );
    return Promise.all([...inline, ...attached]);
  }

  async #inline(reads: Reads, owner: Identity, name: string): Promise<CompiledPolicy> {
    const entry = await reads.entry(inlineTexts, owner.account, owner.id, name);
    if (entry === undefined)
      throw new TornReadError(`Inline policy ${name} of ${owner.id} is gone`);
    return this.#compile(
      `${owner.id}/${name}@${entry.version}`,
      'identity-based',
      name,
      () => inlineTexts.decode(entry.value).text,
    );
  }

  async #managed(
    reads: Reads,
    account: string,
    id: string,
    type: SourceType,
  ): Promise<CompiledPolicy> {
    const provided = awsManagedPolicyById(id);
    if (provided !== undefined) {
      return this.#compile(id, type, provided.arn, () => provided.text);
    }
    const policy = await reads.get(policies, account, id);
    if (policy === undefined) throw new TornReadError(`Policy ${id} is gone`);
    const version = policy.defaultVersion;
    const key = `${id}@v${version}`;
    const known = this.#compiled.get(`${type} ${key}`);
    if (known !== undefined) return known;
    const text = await reads.get(policyTexts, account, id, version);
    if (text === undefined) throw new TornReadError(`Version ${version} of policy ${id} is gone`);
    return this.#compile(key, type, policyArn(policy), () => text.text);
  }

  #compile(key: string, type: SourceType, id: string, textOf: () => string): CompiledPolicy {
    const known = this.#compiled.get(`${type} ${key}`);
    if (known !== undefined) return known;
    const compiled = compileText(textOf(), type, id);
    this.#compiled.set(`${type} ${key}`, compiled);
    return compiled;
  }
}

/** A text that was parsed once already, when it was put. */
function compileText(text: string, type: SourceType, id: string): CompiledPolicy {
  const parsed = parsePolicy(text, 'identity');
  assert(parsed.ok, `Stored policy ${id} does not parse`);
  return compilePolicy(parsed.document, { type, id });
}
