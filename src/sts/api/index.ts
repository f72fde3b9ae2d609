export { DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity } from './inquiries.ts';
export {
  AssumeRole,
  AssumeRoleWithWebIdentity,
  GetFederationToken,
  GetSessionToken,
} from './sessions.ts';
