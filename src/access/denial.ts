import type { Decision } from '../policy/index.ts';
import { AccessError } from './error.ts';
import type { Question } from './authorize.ts';

/**
 * The refusal in AWS's words ("Troubleshoot access denied error messages"): who, what, on which
 * resource and which kind of policy decided. A caller of another account learns none of that.
 */
export function denialOf(
  question: Question,
  decision: Decision,
  service: 's3' | 'query',
  members: Readonly<Record<string, string>> = {},
): AccessError {
  const { caller, action, resource, resourceAccount } = question;
  if (caller.principal === undefined || caller.account !== resourceAccount) {
    return new AccessError('AccessDenied', 'Access Denied', members);
  }
  const on = service === 's3' ? `"${resource}"` : resource;
  const subject = `User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${on}`;
  return new AccessError('AccessDenied', `${subject} ${reasonOf(decision, action)}`, members);
}

function reasonOf({ effect, by, lacking }: Decision, action: string): string {
  if (effect === 'ExplicitDeny') {
    return `with an explicit deny in ${withArticle(policyOf(by?.source.type))}`;
  }
  return `because no ${policyOf(lacking)} allows the ${action} action`;
}

/** A boundary is called so alone; all the others are called policies. */
function policyOf(type: Decision['lacking'] = 'identity-based'): string {
  return type === 'permissions boundary' ? type : `${type} policy`;
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
