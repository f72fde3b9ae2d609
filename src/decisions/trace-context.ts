import type { Explanation } from '../policy/index.ts';

/** What a policy's text fills in, such as `${aws:username}` or `${aws:username, 'nobody'}`. */
const VARIABLE = /\$\{([^},]+)/g;

/** Of the request's context only what the policies that are shown ask for. */
export function withOwnContext(explanation: Explanation): Explanation {
  const { request, policies } = explanation;
  const asked = new Set<string>();
  for (const { statements } of policies) {
    for (const { conditions, resource } of statements) {
      for (const { key } of conditions) asked.add(key.toLowerCase());
      const values = [...(resource?.values ?? []), ...conditions.flatMap((one) => one.values)];
      for (const { text } of values) {
        for (const [, key = ''] of text.matchAll(VARIABLE)) asked.add(key.trim().toLowerCase());
      }
    }
  }
  const own = Object.entries(request.context).filter(([key]) => asked.has(key));
  return { ...explanation, request: { ...request, context: Object.fromEntries(own) } };
}

/** Keys whose values stand on the resource, and are its owner's to tell. */
const OF_RESOURCE = /^(?:(?:aws|iam):resourcetag|s3:existingobjecttag|s3:buckettag)\//i;

/** Without what the tags of the resource are, wherever a policy asked for one. */
export function withoutResourceTags(explanation: Explanation): Explanation {
  const hide = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if ('operator' in value && 'key' in value && OF_RESOURCE.test(String(value.key))) {
      return { ...value, asked: null };
    }
    const isFilledIn = 'meaning' in value && 'text' in value;
    return isFilledIn && asksForResource(String(value.text)) ? { ...value, meaning: null } : value;
  };
  const { context } = explanation.request;
  const told = Object.entries(context).filter(([key]) => !OF_RESOURCE.test(key));
  const hidden = JSON.parse(JSON.stringify(explanation, hide)) as Explanation;
  return { ...hidden, request: { ...hidden.request, context: Object.fromEntries(told) } };
}

function asksForResource(text: string): boolean {
  return [...text.matchAll(VARIABLE)].some(([, key = '']) => OF_RESOURCE.test(key.trim()));
}
