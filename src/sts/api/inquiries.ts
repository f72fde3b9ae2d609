import { action, required, string } from '../../wire/index.ts';
import { accessKeyId, encodedMessage } from './scalars.ts';

/** Whoever can sign may know who he is: no policy is asked, so none can forbid it. */
export const GetCallerIdentity = action('GetCallerIdentity', {
  allows: [],
  input: {},
  output: { UserId: required(string), Account: required(string), Arn: required(string) },
});

export const GetAccessKeyInfo = action('GetAccessKeyInfo', {
  allows: 'sts:GetAccessKeyInfo',
  input: { AccessKeyId: required(accessKeyId) },
  output: { Account: string },
});

export const DecodeAuthorizationMessage = action('DecodeAuthorizationMessage', {
  allows: 'sts:DecodeAuthorizationMessage',
  input: { EncodedMessage: required(encodedMessage) },
  output: { DecodedMessage: string },
});
