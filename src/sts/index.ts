export { createStsService } from './service.ts';
