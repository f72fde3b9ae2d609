export * from './access-keys.ts';
export * from './account.ts';
export * from './attachments.ts';
export * from './groups.ts';
export * from './inline-policies.ts';
export * from './mfa-devices.ts';
export * from './policies.ts';
export * from './users.ts';
