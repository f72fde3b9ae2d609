import type { PolicyDocument, PolicyStatement } from '../document.ts';
import { takesVariables } from '../operator.ts';
import { parseTemplate } from '../template.ts';

/**
 * The condition keys that a document asks for, in conditions and in variables, each once: those of
 * conditions as they are written, those of variables in lower case.
 */
export function contextKeys(document: PolicyDocument): readonly string[] {
  const variables = document.version === '2012-10-17';
  const keys = new Map<string, string>();
  for (const statement of document.statements) {
    for (const { key } of statement.conditions) keys.set(key.toLowerCase(), key);
    for (const key of statementVariables(statement, variables)) {
      if (!keys.has(key)) keys.set(key, key);
    }
  }
  return [...keys.values()];
}

/** The keys, in lower case, of the variables that a statement fills in. */
export function statementVariables(
  { resources, conditions }: PolicyStatement,
  variables: boolean,
): readonly string[] {
  const texts = [
    ...(resources?.patterns ?? []),
    ...conditions.flatMap(({ operator, values }) => (takesVariables(operator) ? values : [])),
  ];
  return texts.flatMap((text) => variableKeys(text, variables));
}

/** The keys, in lower case, of the variables in a text. */
export function variableKeys(text: string, variables: boolean): readonly string[] {
  if (!variables || !text.includes('${')) return [];
  const template = parseTemplate(text, { variables, wildcards: false }) ?? [];
  return template.flatMap((part) => (part.kind === 'variable' ? part.key : []));
}
