/** Internet addresses as policies name them: IPv4 and IPv6, bare or with a prefix length. */

export interface AddressRange {
  /** 4 or 6. A range of IPv4 addresses mapped into IPv6 is one of IPv4. */
  readonly version: 4 | 6;
  /** One 32-bit word for IPv4, four for IPv6; bits past the prefix are zero. */
  readonly words: readonly number[];
  readonly prefixLength: number;
}

const V4_BITS = 32;
const V6_BITS = 128;
/** `::ffff:0:0/96` holds the IPv4 addresses that a dual-stack socket reports (RFC 4291 2.5.5.2). */
const MAPPED_BITS = 96;
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const HEXTET = /^[0-9A-Fa-f]{1,4}$/;

/** Reads `203.0.113.0/24`, `2001:db8::/32`, or an address alone. Undefined when it is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const words = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (words === undefined) return undefined;
  const bits = words.length === 1 ? V4_BITS : V6_BITS;
  let prefixLength = bits;
  if (slash !== -1) {
    const digits = text.slice(slash + 1);
    if (!DECIMAL.test(digits)) return undefined;
    prefixLength = Number(digits);
    if (prefixLength > bits) return undefined;
  }
  if (isMapped(words) && prefixLength >= MAPPED_BITS) {
    return maskRange(4, words.slice(3), prefixLength - MAPPED_BITS);
  }
  return maskRange(words.length === 1 ? 4 : 6, words, prefixLength);
}

function maskRange(version: 4 | 6, words: readonly number[], prefixLength: number): AddressRange {
  const masked = words.map((word, index) => (word & wordMask(prefixLength - 32 * index)) >>> 0);
  return { version, words: masked, prefixLength };
}

/** The mask of one word of which `bits` bits, counted from the top, belong to the prefix. */
function wordMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

function isMapped(words: readonly number[]): boolean {
  return words.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

/** One word for IPv4, four for IPv6. */
function parseAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) {
    const word = parseV4(text);
    return word === undefined ? undefined : [word];
  }
  return parseV6(text);
}

function parseV4(text: string): number | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  let word = 0;
  for (const octet of octets) {
    if (!DECIMAL.test(octet) || Number(octet) > 255) return undefined;
    word = word * 256 + Number(octet);
  }
  return word;
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseHextets(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseHextets(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const hextets = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return [0, 2, 4, 6].map((i) => (hextets[i] ?? 0) * 0x10000 + (hextets[i + 1] ?? 0));
}

/** The last group may be an IPv4 address when the text ends there. */
function parseHextets(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const hextets: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (endsAddress && index === groups.length - 1 && group.includes('.')) {
      const word = parseV4(group);
      if (word === undefined) return undefined;
      hextets.push(Math.floor(word / 0x10000), word % 0x10000);
    } else {
      if (!HEXTET.test(group)) return undefined;
      hextets.push(Number.parseInt(group, 16));
    }
  }
  return hextets;
}

/** Whether the address, itself a range of one, lies within the range. */
export function rangeContains(range: AddressRange, address: AddressRange): boolean {
  if (range.version !== address.version) return false;
  for (let index = 0; index < range.words.length; index++) {
    const mask = wordMask(range.prefixLength - 32 * index);
    if (((address.words[index] ?? 0) & mask) >>> 0 !== range.words[index]) return false;
  }
  return true;
}
