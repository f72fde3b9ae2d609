export type { CofferParts } from './handler.ts';
export { createCofferService } from './service.ts';
