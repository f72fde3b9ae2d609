import { type AddressRange, parseAddressRange, rangeContains } from '../../address.ts';
import { perCondition } from '../check.ts';
import type { Check, Found } from '../finding.ts';
import { replaceText } from '../fix.ts';
import type { Part } from '../subject.ts';

/** Values of IpAddress and NotIpAddress. */
export const ADDRESS_CHECKS: readonly Check[] = [
  perRange('AddressRangeHasHostBits', 'warning', (part, { version, words: [word = 0] }) => {
    const [address, prefix] = part.value.split('/');
    if (version !== 4 || prefix === undefined || part.value.includes(':')) return undefined;
    const first = [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.');
    if (first === address) return undefined;
    const range = `${first}/${prefix}`;
    const message = `${part.value} is the same range as ${range}.`;
    return { at: part, message, fix: replaceText(part, range) };
  }),

  perRange('AddressRangeIsEverything', 'warning', (part, { prefixLength }) => {
    if (prefixLength > 0) return undefined;
    return { at: part, message: `${part.value} is every address, and keeps nobody out.` };
  }),

  perRange('PrivateAddress', 'suggestion', (part, range) => {
    if (!PRIVATE.some((network) => isWithin(network, range))) return undefined;
    const message = `${part.value} is private: it is seen where client and server share a network, and never by AWS.`;
    return { at: part, message };
  }),

  perRange('DocumentationAddress', 'warning', (part, range) => {
    if (!DOCUMENTATION.some((network) => isWithin(network, range))) return undefined;
    return { at: part, message: `${part.value} is an address for examples, which nobody has.` };
  }),
];

const ranges = (...texts: readonly string[]): readonly AddressRange[] =>
  texts.flatMap((text) => parseAddressRange(text) ?? []);

/** RFC 1918, RFC 4193. */
const PRIVATE = ranges('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');
/** RFC 5737, RFC 3849. */
const DOCUMENTATION = ranges('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32');

function isWithin(network: AddressRange, range: AddressRange): boolean {
  return range.prefixLength >= network.prefixLength && rangeContains(network, range);
}

function perRange(
  code: string,
  severity: Check['severity'],
  fault: (part: Part, range: AddressRange) => Found | undefined,
): Check {
  return perCondition(code, severity, function* ({ condition, values }) {
    if (condition.operator.test !== 'IpAddress') return;
    for (const part of values) {
      const range = parseAddressRange(part.value);
      const found = range && fault(part, range);
      if (found !== undefined) yield found;
    }
  });
}
