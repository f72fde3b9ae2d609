import { DecodeError } from './decode-error.ts';
import { numberedItems, type FormNode } from './form.ts';
import { bindingOf, type AnyList, type AnyMap, type AnyStruct, type Shape } from './schema.ts';
import { checkCount, decodeScalar, messageName } from './violations.ts';
import type { Violations } from './violations.ts';
import { isMissing } from './xml-decoder.ts';

type Read = (node: FormNode, violations: Violations) => unknown;

/** A reader of the parameters of a shape. Unknown parameters are passed over. */
export function queryDecoder(shape: Shape, wire: string): Read {
  switch (shape.kind) {
    case 'scalar':
      return (node, violations) =>
        node.value === undefined
          ? undefined
          : decodeScalar(shape, node.value, wire, 'body', violations);
    case 'struct':
      return structDecoder(shape);
    case 'list':
      return listDecoder(shape, wire);
    case 'map':
      return mapDecoder(shape, wire);
    default:
      throw new TypeError(`${wire}: a ${shape.kind} cannot be a parameter`);
  }
}

function structDecoder(shape: AnyStruct): Read {
  const fields = Object.entries(shape.members).map(([member, declared]) => {
    const binding = bindingOf(declared);
    const wire = binding.wire ?? member;
    const read = queryDecoder(binding.shape, wire);
    return { member, messageName: messageName(member), wire, read, binding };
  });
  return (node, violations) => {
    const record: Record<string, unknown> = {};
    for (const { member, messageName, wire, read, binding } of fields) {
      const child = node.children.get(wire);
      if (child === undefined && !binding.isRequired) continue;
      violations.enter(messageName);
      if (child !== undefined) {
        const value = read(child, violations);
        if (value !== undefined || !violations.isEmpty) record[member] = value;
      }
      if (binding.isRequired && isMissing(member, record, violations)) {
        violations.addMissing(wire, 'body');
      }
      violations.leave();
    }
    return record;
  };
}

/** The node that holds a list's or map's numbered children, whichever spelling was used. */
function numberedUnder(node: FormNode, names: readonly string[]): FormNode {
  for (const name of names) {
    const child = node.children.get(name);
    if (child !== undefined) return child;
  }
  return node;
}

/** `Name=` is how clients send an empty list; any other value of its own is a mistake. */
function refuseOwnValue(node: FormNode, wire: string): void {
  if (node.value !== undefined && node.value !== '') {
    throw new DecodeError('malformedForm', `${wire} is a list and takes numbered items`);
  }
}

function listDecoder(shape: AnyList, wire: string): Read {
  const readItem = queryDecoder(shape.of, wire);
  const names = shape.flat === true ? [] : [shape.item, 'member'];
  return (node, violations) => {
    refuseOwnValue(node, wire);
    const items: unknown[] = [];
    for (const [index, item] of numberedItems(numberedUnder(node, names), wire)) {
      violations.enter(index);
      violations.enter('member');
      items.push(readItem(item, violations));
      violations.leave();
      violations.leave();
    }
    checkCount(shape, items.length, wire, 'body', violations);
    return items;
  };
}

function mapDecoder(shape: AnyMap, wire: string): Read {
  const { keyName = 'key', valueName = 'value' } = shape;
  const readValue = queryDecoder(shape.of, wire);
  const names = shape.flat === true ? [] : ['entry'];
  return (node, violations) => {
    refuseOwnValue(node, wire);
    // Without prototype, because the client chooses the keys.
    const record = Object.create(null) as Record<string, unknown>;
    for (const [index, entry] of numberedItems(numberedUnder(node, names), wire)) {
      const key = entry.children.get(keyName)?.value;
      const value = entry.children.get(valueName);
      if (key === undefined || value === undefined) {
        throw new DecodeError('malformedForm', `${wire} entry ${index} lacks its key or value`);
      }
      violations.enter(index);
      record[key] = readValue(value, violations);
      violations.leave();
    }
    return record;
  };
}
