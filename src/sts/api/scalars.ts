import { integer, policyDocumentWithin, sensitive, text, type Scalar } from '../../wire/index.ts';

/** Lengths and patterns are those of the STS API Reference. */

const ARN_CHARACTERS = /^[\t\n\r\x20-\x7E\x85\xA0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

export const arn = text({
  min: 20,
  max: 2048,
  pattern: ARN_CHARACTERS,
  patternText:
    '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+',
  examples: ['arn:aws:iam::123456789012:role/demo', 'arn:aws:iam::aws:policy/AmazonS3FullAccess'],
});

function nameWithin(max: number): Scalar<string> {
  const examples = ['app', 'a+b=c,d.e@f-g_h', 'Z'.repeat(max)];
  return text({ min: 2, max, pattern: /^[\w+=,.@-]*$/, patternText: '[\\w+=,.@-]*', examples });
}

export const roleSessionName = nameWithin(64);
export const sourceIdentity = nameWithin(64);
export const federatedUserName = nameWithin(32);

export const externalId = text({
  min: 2,
  max: 1224,
  pattern: /^[\w+=,.@:/-]*$/,
  patternText: '[\\w+=,.@:\\/-]*',
  examples: ['ab', 'Customer:42/x'],
});
export const serialNumber = text({
  min: 9,
  max: 256,
  pattern: /^[\w+=/:,.@-]*$/,
  patternText: '[\\w+=/:,.@-]*',
  examples: ['arn:aws:iam::123456789012:mfa/bob', 'GAHT12345678'],
});
export const tokenCode = sensitive(
  text({ min: 6, max: 6, pattern: /^\d*$/, patternText: '[\\d]*', examples: ['123456'] }),
);

const SHORTEST_SECONDS = 900;
/** Twelve hours, the longest that any role may allow. */
export const roleDurationSeconds = integer({ min: SHORTEST_SECONDS, max: 43_200 });
/** A day and a half. */
export const durationSeconds = integer({ min: SHORTEST_SECONDS, max: 129_600 });

export const sessionPolicy = policyDocumentWithin({
  min: 1,
  max: 2048,
  pattern: /^[\t\n\r\x20-\xFF]*$/,
  patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
});

const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
const TAG_EXAMPLES = ['Department', 'a b_c.d:e/f=g+h-i@j', 'é'];

export const tagKey = text({
  min: 1,
  max: 128,
  pattern: TAG_CHARACTERS,
  patternText: `${TAG_PATTERN}+`,
  examples: TAG_EXAMPLES,
});
export const tagValue = text({
  max: 256,
  pattern: TAG_CHARACTERS,
  patternText: `${TAG_PATTERN}*`,
  examples: TAG_EXAMPLES,
});

export const accessKeyId = text({
  min: 16,
  max: 128,
  pattern: /^\w*$/,
  patternText: '[\\w]*',
  examples: ['AKIAIOSFODNN7EXAMPLE'],
});
export const webIdentityToken = sensitive(text({ min: 4, max: 20_000 }));
export const providerId = text({ min: 4, max: 2048 });
export const assertion = sensitive(text({ min: 4, max: 2048 }));

export const encodedMessage = text({
  min: 1,
  max: 10_240,
  examples: ['1.abc', 'x'.repeat(10_240)],
});
