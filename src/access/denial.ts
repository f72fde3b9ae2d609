import type { Decision } from '../policy/index.ts';
import { AccessError } from './error.ts';
import type { Question } from './authorize.ts';

/**
 * The refusal in AWS's words ("Troubleshoot access denied error messages"): who, what, on which
 * resource and which kind of policy decided. A caller of another account learns no reason, and of
 * S3 nothing at all.
 */
export function denialOf(
  question: Question,
  decision: Decision,
  service: 's3' | 'query',
  members: Readonly<Record<string, string>> = {},
): AccessError {
  const { caller, action, resource, resourceAccount } = question;
  const isStranger = caller.account !== resourceAccount;
  const denied = (message: string) => new AccessError('AccessDenied', message, members);
  if (caller.principal === undefined) {
    return denied(service === 's3' ? 'Access Denied' : `Not authorized to perform ${action}`);
  }
  if (service === 's3' && isStranger) return denied('Access Denied');
  const on = service === 's3' ? `"${resource}"` : resource;
  const subject = `User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${on}`;
  return denied(isStranger ? subject : `${subject} ${reasonOf(decision, action)}`);
}

function reasonOf({ effect, by, lacking }: Decision, action: string): string {
  if (effect === 'ExplicitDeny') {
    return `with an explicit deny in ${withArticle(policyOf(by?.source.type))}`;
  }
  return `because no ${policyOf(lacking)} allows the ${action} action`;
}

/** A boundary is called so alone; all the others are called policies. */
function policyOf(type: Decision['lacking'] = 'identity-based'): string {
  if (type === 'trust') return 'role trust policy';
  return type === 'permissions boundary' ? type : `${type} policy`;
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
