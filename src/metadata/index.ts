/** Instance metadata and container credentials: a role's credentials without a key on disk. */
export type { InstanceRole, RoleCredentials, RoleSource } from './credentials.ts';
export type { Instance } from './instance.ts';
export {
  CONTAINER_PATH,
  createMetadataService,
  type MetadataParts,
  type MetadataService,
} from './service.ts';
