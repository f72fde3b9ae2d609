/** The squares of a code: dark or not, and whether their place says what they are. */
export class Modules {
  readonly size: number;
  readonly #dark: Uint8Array;
  readonly #fixed: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.#dark = new Uint8Array(size * size);
    this.#fixed = new Uint8Array(size * size);
  }

  isDark(x: number, y: number): boolean {
    return this.#dark[y * this.size + x] === 1;
  }

  isFixed(x: number, y: number): boolean {
    return this.#fixed[y * this.size + x] === 1;
  }

  /** Outside of the code there is nothing to set. */
  fix(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.#fixed[y * this.size + x] = 1;
    this.set(x, y, dark);
  }

  set(x: number, y: number, dark: boolean): void {
    this.#dark[y * this.size + x] = dark ? 1 : 0;
  }
}

/** What every code of a version has: finders, alignment and timing (ISO/IEC 18004, section 6.3). */
export function blankModules(version: number): Modules {
  const size = 4 * version + 17;
  const modules = new Modules(size);
  for (let index = 0; index < size; index += 1) {
    modules.fix(6, index, index % 2 === 0);
    modules.fix(index, 6, index % 2 === 0);
  }
  drawRings(modules, 3, 3, 4);
  drawRings(modules, size - 4, 3, 4);
  drawRings(modules, 3, size - 4, 4);
  const places = alignmentPlaces(version, size);
  const last = places.length - 1;
  for (const [row, y] of places.entries()) {
    for (const [column, x] of places.entries()) {
      // Three corners belong to the finders.
      const isCorner =
        (row === 0 && (column === 0 || column === last)) || (row === last && column === 0);
      if (!isCorner) drawRings(modules, x, y, 2);
    }
  }
  if (version >= 7) drawVersion(modules, version);
  // Reserves the places of the format; drawn for good with the mask.
  drawFormat(modules, 0);
  return modules;
}

/** Squares round a centre: dark at distance 0, 1 and 3 of a finder, at 0 and 2 of an alignment. */
function drawRings(modules: Modules, centreX: number, centreY: number, radius: number): void {
  for (let y = -radius; y <= radius; y += 1) {
    for (let x = -radius; x <= radius; x += 1) {
      const distance = Math.max(Math.abs(x), Math.abs(y));
      const dark = radius === 4 ? distance !== 2 && distance !== 4 : distance !== 1;
      modules.fix(centreX + x, centreY + y, dark);
    }
  }
}

function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  // Table E.1 of the standard follows this rule but for one version.
  const step = version === 32 ? 26 : Math.ceil((size - 13) / (2 * count - 2)) * 2;
  const places = Array.from({ length: count - 1 }, (_, index) => size - 7 - index * step);
  return [...places, 6].sort((a, b) => a - b);
}

/** `value` followed by the remainder of its division by a generator, so that errors are mended. */
function withChecks(value: number, checkBits: number, generator: number): number {
  let rest = value;
  for (let bit = 0; bit < checkBits; bit += 1) {
    rest = (rest << 1) ^ ((rest >> (checkBits - 1)) * generator);
  }
  return (value << checkBits) | rest;
}

function drawVersion(modules: Modules, version: number): void {
  const bits = withChecks(version, 12, 0x1f25);
  for (let bit = 0; bit < 18; bit += 1) {
    const [along, across] = [Math.floor(bit / 3), modules.size - 11 + (bit % 3)];
    const dark = ((bits >> bit) & 1) === 1;
    modules.fix(along, across, dark);
    modules.fix(across, along, dark);
  }
}

const LEVEL_M = 0;
const FORMAT_MASK = 0x5412;

/** Which mask is on the data, and the level of error correction, twice (section 7.9). */
export function drawFormat(modules: Modules, mask: number): void {
  const bits = withChecks((LEVEL_M << 3) | mask, 10, 0x537) ^ FORMAT_MASK;
  const { size } = modules;
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((bits >> bit) & 1) === 1;
    // Round the upper left finder, passing over the timing's row and column.
    if (bit < 6) modules.fix(8, bit, dark);
    else if (bit < 8) modules.fix(8, bit + 1, dark);
    else modules.fix(bit === 8 ? 7 : 14 - bit, 8, dark);
    // Beside the other two.
    if (bit < 8) modules.fix(size - 1 - bit, 8, dark);
    else modules.fix(8, size - 15 + bit, dark);
  }
  // Dark in every code.
  modules.fix(8, size - 8, true);
}
