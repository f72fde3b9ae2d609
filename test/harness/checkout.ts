import { fileURLToPath } from 'node:url';

/** The Node that the checkout pins, and the program that it runs as `coffer`. */
export const NODE = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
