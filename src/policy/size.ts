/** Characters of a document as IAM counts them against its quotas: white space is free. */
export function policySize(text: string): number {
  let size = 0;
  for (const character of text) if (!WHITE_SPACE.has(character)) size++;
  return size;
}

const WHITE_SPACE: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r', '\uFEFF']);
