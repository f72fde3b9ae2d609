/**
 * AWS's configuration files as botocore reads them: `name = value` lines in `[sections]`, comments
 * only at the start of a line, so that a secret may hold `;` and `#`. Section names are taken as
 * they stand, dots and all. Indented lines belong to the value above them, and are settings of
 * their own where they have a `=`.
 */

/** A value, or the indented settings below a name whose own value is empty. */
export type IniValue = string | Readonly<Record<string, string>>;
export type IniSection = Readonly<Record<string, IniValue>>;

const SECTION = /^\[([^\]]*)\]/;
const COMMENT = /^\s*[#;]/;

/** Sections by name; of one name given twice the later settings win. */
export function parseIni(text: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, Record<string, IniValue>>();
  let section: Record<string, IniValue> | undefined;
  let above: string | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.trim() === '' || COMMENT.test(line)) continue;
    const name = SECTION.exec(line)?.[1]?.trim();
    if (name !== undefined) {
      section = sections.get(name) ?? {};
      sections.set(name, section);
      above = undefined;
      continue;
    }
    const setting = settingOf(line);
    if (section === undefined || setting === undefined) continue;
    if (/^\s/.test(line) && above !== undefined) {
      const outer = section[above];
      const inner = typeof outer === 'object' ? outer : {};
      if (outer === '' || typeof outer === 'object') {
        section[above] = { ...inner, [setting.name]: setting.value };
      }
      continue;
    }
    section[setting.name] = setting.value;
    above = setting.name;
  }
  return sections;
}

/**
 * The text with settings of one section changed, and everything else as it was: comments, order and
 * sections of others. A value of undefined takes a setting away; a section that is absent is added.
 */
export function editIni(
  text: string,
  sectionName: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const header = lines.findIndex((line) => SECTION.exec(line)?.[1]?.trim() === sectionName);
  const isNew = header < 0;
  if (isNew) lines.push(...(lines.length === 0 ? [] : ['']), `[${sectionName}]`);
  const start = isNew ? lines.length : header + 1;
  const next = lines.findIndex((line, index) => index >= start && SECTION.test(line));
  const end = next < 0 ? lines.length : next;
  const left = new Map(Object.entries(changes));
  const body: string[] = [];
  let isDropped = false;
  for (const line of lines.slice(start, end)) {
    const setting = COMMENT.test(line) ? undefined : settingOf(line);
    if (/^\s+\S/.test(line)) {
      if (!isDropped) body.push(line);
      continue;
    }
    isDropped = setting !== undefined && setting.name in changes;
    if (setting === undefined || !isDropped) {
      body.push(line);
      continue;
    }
    const value = left.get(setting.name);
    left.delete(setting.name);
    if (value !== undefined) body.push(`${setting.name} = ${value}`);
  }
  // Blank lines that part this section from the next stay behind what is added.
  let last = body.length;
  while (last > 0 && body[last - 1]?.trim() === '') last -= 1;
  const added = [...left].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${value}`],
  );
  body.splice(last, 0, ...added);
  return `${[...lines.slice(0, start), ...body, ...lines.slice(end)].join('\n')}\n`;
}

/** The text without some settings, of whatever section, and all else as it was. */
export function withoutSettings(text: string, isDropped: (name: string) => boolean): string {
  let drops = false;
  const kept = text.split('\n').filter((line) => {
    // Indented lines go with the setting that they belong to.
    if (/^\s+\S/.test(line)) return !drops;
    const setting = COMMENT.test(line) || SECTION.test(line) ? undefined : settingOf(line);
    drops = setting !== undefined && isDropped(setting.name);
    return !drops;
  });
  return kept.join('\n');
}

function settingOf(line: string): { name: string; value: string } | undefined {
  const delimiter = line.search(/[=:]/);
  if (delimiter < 0) return undefined;
  return {
    name: line.slice(0, delimiter).trim().toLowerCase(),
    value: line.slice(delimiter + 1).trim(),
  };
}
