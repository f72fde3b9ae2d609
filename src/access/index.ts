/** Who is asking, and may they. */
export { aclPolicy, aclsEnabled, isPublicAcl } from './acl.ts';
export {
  createAuthenticator,
  knownCredential,
  type Authenticated,
  type AuthenticatedForm,
  type Authenticator,
  type AuthenticatorOptions,
  type Service,
} from './authenticate.ts';
export { authorize, bucketPolicy, consider, type Considered, type Question } from './authorize.ts';
export { ANONYMOUS, principalOf, type Caller, type Proof } from './caller.ts';
export { contextReader, type ContextFacts } from './context.ts';
export {
  demandAccess,
  SILENT_OBSERVER,
  type DecisionObserver,
  type DemandParts,
} from './demand.ts';
export { denialOf } from './denial.ts';
export { AccessError, type AccessErrorKind } from './error.ts';
export { concernsExistingObject, resourceAccountOf, type S3Resource } from './resource-account.ts';
