export { createIamService, type IamParts } from './service.ts';
