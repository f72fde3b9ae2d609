import { fromBase64, fromStrictUtf8, base64, utf8 } from '../../base/bytes.ts';
import {
  integer,
  oneOf,
  policyDocumentWithin,
  scalar,
  sensitive,
  text,
  type Scalar,
  type TextLimits,
} from '../../wire/index.ts';

/** Lengths and patterns are those of the IAM API Reference; where one is odd, it is odd there. */

const NAME_CHARACTERS = /^[\w+=,.@-]*$/;

/**
 * A name, of which IAM says what is wrong in a sentence of its own:
 * "The specified value for userName is invalid. …".
 */
function nameText(member: string, max: number): Scalar<string> {
  const lengths = text({ min: 1, max });
  return {
    ...lengths,
    examples: ['bob', 'a+b=c,d.e@f-g_h', 'Z'.repeat(max)],
    violations: (value) =>
      NAME_CHARACTERS.test(value)
        ? (lengths.violations?.(value) ?? [])
        : [
            `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
          ],
  };
}

const USER_NAME_LENGTH_MAX = 64;
const ROLE_NAME_LENGTH_MAX = 64;
/** What merely refers to a name may be longer than any name is. */
const NAME_LENGTH_MAX = 128;

export const newUserName = nameText('userName', USER_NAME_LENGTH_MAX);
export const renamedUserName = nameText('newUserName', USER_NAME_LENGTH_MAX);
export const userName = nameText('userName', NAME_LENGTH_MAX);
export const groupName = nameText('groupName', NAME_LENGTH_MAX);
export const renamedGroupName = nameText('newGroupName', NAME_LENGTH_MAX);
export const roleName = nameText('roleName', ROLE_NAME_LENGTH_MAX);
export const instanceProfileName = nameText('instanceProfileName', NAME_LENGTH_MAX);
export const policyName = nameText('policyName', NAME_LENGTH_MAX);

const SERIAL_NUMBER_LENGTH_MAX = 256;
/** As long as leaves room for the account in a serial number. */
export const mfaDeviceName = nameText(
  'virtualMFADeviceName',
  SERIAL_NUMBER_LENGTH_MAX - 'arn:aws:iam::123456789012:mfa/'.length,
);
export const serialNumber = text({
  min: 9,
  max: SERIAL_NUMBER_LENGTH_MAX,
  pattern: /^[\w+=/:,.@-]*$/,
  patternText: '[\\w+=/:,.@-]+',
  examples: ['arn:aws:iam::123456789012:mfa/phone', 'GAHT12345678'],
});
export const authenticationCode = sensitive(
  text({ min: 6, max: 6, pattern: /^[0-9]*$/, patternText: '[\\d]+', examples: ['012345'] }),
);

export const password = sensitive(
  text({
    min: 1,
    max: 128,
    pattern: /^[\t\n\r\x20-\xFF]*$/,
    patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  }),
);

export const jobId = text({
  min: 36,
  max: 36,
  examples: ['0193f3a0-1b2c-7d3e-8f40-112233445566'],
});
export const serviceNamespace = text({
  min: 1,
  max: 64,
  pattern: /^[\w-]*$/,
  patternText: '[\\w-]*',
  examples: ['s3', 'iam'],
});
export const accountAlias = text({
  min: 3,
  max: 63,
  pattern: /^[a-z0-9](?:[a-z0-9]|-(?!-))*[a-z0-9]$/,
  patternText: '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$',
  examples: ['my-company', 'a1b'],
});

const PATH_LENGTH_MAX = 512;

function pathText(member: string, pattern: RegExp, examples: readonly string[]): Scalar<string> {
  const lengths = text({ min: 1, max: PATH_LENGTH_MAX });
  return {
    ...lengths,
    examples,
    violations: (value) =>
      pattern.test(value)
        ? (lengths.violations?.(value) ?? [])
        : [
            `The specified value for ${member} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
          ],
  };
}

const PATH = /^\/(?:[!-~]+\/)?$/;
const PATHS = ['/', '/a/', '/division_abc/subdivision_xyz/'];
export const path = pathText('path', PATH, PATHS);
export const newPath = pathText('newPath', PATH, PATHS);
/** Policies' paths are narrower. */
export const policyPath = pathText('path', /^(?:\/[A-Za-z0-9.,+@=_-]+)*\/$/, PATHS);
export const pathPrefix = text({
  min: 1,
  max: PATH_LENGTH_MAX,
  pattern: /^\/[!-\x7F]*$/,
  patternText: '\\u002F[\\u0021-\\u007F]*',
  examples: ['/', '/a', '/a/b/'],
});

const ARN_EXAMPLES = ['arn:aws:iam::123456789012:policy/p', 'arn:aws:iam::aws:policy/Anything'];
export const arn = text({ min: 20, max: 2048, examples: ARN_EXAMPLES });

export const oidcProviderUrl = text({
  min: 1,
  max: 255,
  examples: ['https://server.example.com', 'https://example.com/realms/a'],
});
export const clientId = text({ min: 1, max: 255 });
const THUMBPRINT_LENGTH = 40;
export const thumbprint = text({
  min: THUMBPRINT_LENGTH,
  max: THUMBPRINT_LENGTH,
  pattern: /^[0-9A-Fa-f]*$/,
  patternText: '[0-9A-Fa-f]*',
  examples: ['c3768084dfb3d2b68b7897bf5f565da8ef012345'],
});

export const accessKeyId = text({
  min: 16,
  max: 128,
  pattern: /^\w*$/,
  patternText: '[\\w]+',
  examples: ['AKIAIOSFODNN7EXAMPLE'],
});
export const keyStatus = oneOf('Active', 'Inactive');

const DOCUMENT_LENGTH_MAX = 131_072;
export const policyDocument = policyDocumentWithin({
  min: 1,
  max: DOCUMENT_LENGTH_MAX,
  pattern: /^[\t\n\r\x20-\xFF]*$/,
  patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
});
export const policyDescription = text({ max: 1000 });

export const roleDescription = text({
  max: 1000,
  pattern: /^[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*$/u,
  patternText: '[\\p{L}\\p{M}\\p{Z}\\p{S}\\p{N}\\p{P}]*',
});
/** An hour to twelve. */
export const maxSessionSeconds = integer({ min: 3600, max: 43_200 });

/** `v1` and so on, to handlers a number. */
export const policyVersionId: Scalar<number> = scalar({
  name: 'policy version',
  parse: (value) => (/^v[1-9][0-9]{0,8}$/.test(value) ? Number(value.slice(1)) : undefined),
  format: (number) => `v${number}`,
  expected: 'Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?',
  examples: ['v1', 'v27'],
});

const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';

function tagText(limits: TextLimits, repeat: '+' | '*'): Scalar<string> {
  const examples = ['Department', 'a b_c.d:e/f=g+h-i@j', 'é'];
  return text({ ...limits, pattern: TAG_CHARACTERS, patternText: TAG_PATTERN + repeat, examples });
}

export const tagKey = tagText({ min: 1, max: 128 }, '+');
export const tagValue = tagText({ max: 256 }, '*');

const PAGE_SIZE_MAX = 1000;
export const maxItems = integer({ min: 1, max: PAGE_SIZE_MAX });

/** Where a page begins, opaque to clients. */
export const marker: Scalar<string> = scalar({
  name: 'marker',
  parse(value) {
    const bytes = value === '' ? undefined : fromBase64(value);
    return bytes && fromStrictUtf8(bytes);
  },
  format: (after) => base64(utf8(after)),
  expected: 'Invalid Marker.',
  examples: ['Ym9i', 'w6kgYg=='],
});
