import { action, boolean, integer, isoDate, list, required, string, text } from '../wire/index.ts';

/** Actions that AWS has no name for, in the protocol and under the permissions that IAM has. */

/** The most refusals that one answer lists. */
export const DENIALS_LISTED_MAX = 1000;
/** Folders of a key that are told apart at most. */
const LEVEL_MAX = 4;

const requestId = text({ min: 1, max: 64, pattern: /^[0-9A-Z]+$/, examples: ['9ZK0T1M2N3B4V5C6'] });
const principalArn = text({ min: 20, max: 2048, examples: ['arn:aws:iam::123456789012:user/ana'] });

/** Why a request was allowed or refused; who may ask sees what the policies of his account said. */
export const GetDecision = action('GetDecision', {
  allows: 'coffer:GetDecision',
  input: { RequestId: required(requestId) },
  /** A list of traces as JSON, empty when nothing of the request is remembered. */
  output: { Decisions: required(string) },
});

export const ListDenials = action('ListDenials', {
  allows: 'coffer:ListDenials',
  input: {
    PrincipalArn: principalArn,
    Before: isoDate,
    MaxItems: integer({ min: 1, max: DENIALS_LISTED_MAX }),
  },
  /** A list of traces as JSON, newest first. */
  output: { Denials: required(string) },
});

/** The least policy under which all that the principal was seen to do is allowed. */
export const GeneratePolicy = action('GeneratePolicy', {
  allows: 'coffer:GeneratePolicy',
  on: ({ PrincipalArn }) => PrincipalArn,
  input: {
    PrincipalArn: required(principalArn),
    Since: isoDate,
    Level: integer({ min: 0, max: LEVEL_MAX }),
    Conditions: boolean,
  },
  output: { PolicyDocument: required(string), Coverage: required(string) },
});

/** What the principal's policies grant and he was never seen to use. */
export const GetGrantUse = action('GetGrantUse', {
  allows: 'coffer:GetGrantUse',
  on: ({ PrincipalArn }) => PrincipalArn,
  input: { PrincipalArn: required(principalArn), Since: isoDate },
  output: { GrantUse: required(string) },
});

/** Questions that one call answers. */
export const QUESTIONS_MAX = 1000;

/**
 * What the caller may do: each action on each resource, decided as if he did it now. It says no more
 * than trying would, so it needs no permission.
 */
export const GetOwnAccess = action('GetOwnAccess', {
  allows: [],
  input: {
    ActionNames: required(list(text({ min: 3, max: 128, examples: ['s3:GetObject'] }))),
    ResourceArns: required(list(text({ min: 1, max: 2048, examples: ['arn:aws:s3:::b/k', '*'] }))),
  },
  /** A list of `{ action, resource, effect }` as JSON. */
  output: { Access: required(string) },
});
