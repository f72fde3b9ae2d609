import type { Client } from '../client/client.ts';
import { ServiceError } from '../client/errors.ts';
import { CLIENT_FLAGS, clientFor } from '../client/flags.ts';
import { EXIT, UsageError, type Command } from '../command.ts';
import type { Io } from '../io.ts';
import { jsonOf, tableOf } from '../output/table.ts';

export const whoami: Command = {
  summary: 'Say whose credentials these are, which server says so, and what they open.',
  examples: [
    'coffer whoami',
    'coffer whoami --profile alice --can',
    'coffer whoami --can --on s3://photos/2026/ --on s3://backup',
    'coffer whoami --can --action s3:PutObject --on s3://photos/x.jpg && echo yes',
  ],
  flags: {
    ...CLIENT_FLAGS,
    can: '(switch) Also say what they may do; exit code 4 when it is nothing of what was asked',
    on: '(repeated) s3://bucket, s3://bucket/key or an ARN to ask about (every bucket that is listed)',
    action: '(repeated) Action to ask about, such as s3:GetObject (the usual ones)',
  },
  async run(call, io) {
    using client = clientFor(call, io);
    const isJson = call.flags['json'] !== undefined;
    const identity = await client.query('sts', 'GetCallerIdentity');
    const [Account, UserId, Arn] = ['Account', 'UserId', 'Arn'].map((name) =>
      identity.textOf(name),
    );
    if (call.flags['can'] === undefined) {
      if (isJson) io.out(jsonOf({ Account, UserId, Arn }));
      else {
        const { name } = client.profile;
        const endpoint = client.profile.endpointOf('sts');
        const rows = [
          ['ARN', Arn],
          ['Account', Account],
          ['User id', UserId],
        ];
        io.out(tableOf([...rows, ['Profile', name], ['Endpoint', endpoint]].map(texts)));
      }
      return EXIT.done;
    }
    const access = await accessOf(client, call.all('on'), call.all('action'), io);
    if (isJson) io.out(jsonOf({ Account, UserId, Arn, Access: access }));
    else io.out(`${Arn}\n\n${accessTable(access)}`);
    return access.some(({ effect }) => effect === 'Allow') ? EXIT.done : EXIT.denied;
  },
};

function texts(row: readonly (string | undefined)[]): string[] {
  return row.map((text) => text ?? '');
}

interface Access {
  readonly action: string;
  readonly resource: string;
  readonly effect: string;
}

const ON_BUCKET = ['s3:ListBucket', 's3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucket'];
const ON_KEY = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:PutObjectAcl'];
/** Stands for whatever key there may be: policies about all keys, or about a folder, show. */
const ANY_KEY = '*';

async function accessOf(
  client: Client,
  on: readonly string[],
  actions: readonly string[],
  io: Io,
): Promise<readonly Access[]> {
  const asked = on.length > 0 ? on.map(arnOf) : await listedBuckets(client, io);
  const answers: Access[] = [];
  for (const arn of asked) {
    const isKey = arn.includes('/');
    const questions =
      actions.length > 0
        ? [{ resource: arn, names: actions }]
        : isKey
          ? [{ resource: arn, names: ON_KEY }]
          : [
              { resource: arn, names: ON_BUCKET },
              { resource: `${arn}/${ANY_KEY}`, names: ON_KEY },
            ];
    for (const { resource, names } of questions) {
      const answer = await client.query('coffer', 'GetOwnAccess', {
        ActionNames: names,
        ResourceArns: [resource],
      });
      answers.push(...(JSON.parse(answer.textOf('Access') ?? '[]') as readonly Access[]));
    }
  }
  return answers;
}

function arnOf(text: string): string {
  if (text.startsWith('arn:')) return text;
  const [, path = ''] = /^s3:\/\/(.+)$/s.exec(text) ?? [];
  if (path === '') throw new UsageError(`Not a resource: "${text}". Write s3://bucket or an ARN`);
  return `arn:aws:s3:::${path.endsWith('/') ? path + ANY_KEY : path}`;
}

/** Who may not list buckets must say which; that is worth a word, not a failure. */
async function listedBuckets(client: Client, io: Io): Promise<readonly string[]> {
  try {
    const answer = await client.request({ method: 'GET' });
    const text = Buffer.from(await answer.bytes()).toString();
    const names = [...text.matchAll(/<Bucket><Name>([^<]+)<\/Name>/g)].map(([, name]) => name);
    return names.map((name) => `arn:aws:s3:::${name}`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    io.err('These credentials list no buckets: name what to ask about with --on s3://bucket\n');
    return [];
  }
}

function accessTable(access: readonly Access[]): string {
  return tableOf(
    access.map(({ action, resource, effect }) => [
      effect === 'Allow' ? 'yes' : effect === 'ExplicitDeny' ? 'denied' : 'no',
      action,
      resource.replace('arn:aws:s3:::', 's3://'),
    ]),
  );
}
