/**
 * AWS's request signatures, as a pure library: SigV4 and SigV2 in headers and presigned URLs, the
 * `aws-chunked` body with all its signatures, and POST forms. Verification has two steps, so that
 * the caller can look the secret up between them: `parseClaim` says who claims to be asking,
 * `verifyClaim` proves it, and `verifiedBody` then holds the body to what was signed.
 */
export type {
  AnonymousClaim,
  Claim,
  SignedClaim,
  SignedMessage,
  V2Claim,
  V4Claim,
} from './claim.ts';
export { encodeChunks } from './chunk-encoder.ts';
export type { ChunkedEncoding } from './chunk-encoder.ts';
export { PRESIGN_EXPIRES_SECONDS_MAX } from './claim-v4.ts';
export { uriEncode } from './encoding.ts';
export { SignatureError } from './errors.ts';
export type { SignatureErrorKind } from './errors.ts';
export { EMPTY_SHA256_HEX } from './hmac.ts';
export * from './limits.ts';
export { parseClaim } from './parse-claim.ts';
export {
  STREAMING_SIGNED,
  STREAMING_SIGNED_TRAILER,
  STREAMING_UNSIGNED_TRAILER,
  UNSIGNED_PAYLOAD,
} from './payload.ts';
export type { PayloadKind } from './payload.ts';
export { presignV2, signV2 } from './sign-v2.ts';
export type { SignV2Options } from './sign-v2.ts';
export { presignV4, signRequestV4 } from './sign-v4.ts';
export type { Credentials, SignV4Options, SignedRequest } from './sign-v4.ts';
export { SigningKeyCache } from './signing-key.ts';
export type { CredentialScope } from './signing-key.ts';
export { verifiedBody } from './verified-body.ts';
export type { VerifiedBody } from './verified-body.ts';
export { CLOCK_SKEW_MS_MAX, verifyClaim } from './verify-claim.ts';
export type { ChunkSeed, VerifiedClaim, VerifyOptions } from './verify-claim.ts';
export { parsePostClaim, verifyPostClaim } from './post-claim.ts';
export type { PostClaim, VerifyPostOptions } from './post-claim.ts';
export { checkPostContentLength, checkPostPolicy } from './post-policy.ts';
export type { PostCondition, PostContext, PostPolicy } from './post-policy.ts';
export { signPostPolicy, signPostPolicyV2 } from './sign-post.ts';
export type { PostConditionInput, SignPostOptions } from './sign-post.ts';
