export { createCofferService, type CofferParts } from './service.ts';
