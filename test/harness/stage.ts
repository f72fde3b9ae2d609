import { awsCli, type AwsCli } from './aws-cli.ts';
import { followGuide, type GuideUser } from './guide.ts';
import { bucketName } from './random.ts';
import { startServer, type TestServer } from './server.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** What a client needs before its first request: a server, a bucket, and a user who may use only it. */
export interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly admin: AwsCli;
  readonly bucket: string;
  /** Exists, holds the object `secret`, and is not the user's. */
  readonly foreignBucket: string;
  readonly user: GuideUser;
  /** A further home folder, removed with the stage. */
  workplace(): Workplace;
}

/** The user may do everything with the bucket and with buckets named after it, and list names. */
function clientPolicy(bucket: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 's3:*',
        Resource: [
          `arn:aws:s3:::${bucket}`,
          `arn:aws:s3:::${bucket}/*`,
          `arn:aws:s3:::${bucket}-*`,
        ],
      },
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
    ],
  });
}

export async function openStage(purpose: string): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startServer());
  const workplace = (): Workplace => {
    const opening = openWorkplace();
    kept.use(opening);
    return opening;
  };
  const kept = opened.use(new AsyncDisposableStack());
  const { endpoint, root } = server;
  const admin = awsCli(workplace(), { endpoint, credentials: root });
  const bucket = bucketName(purpose);
  const foreignBucket = bucketName('foreign');
  const user = await followGuide(admin, {
    bucket,
    userName: `${purpose}-user`,
    policyName: `${purpose}-policy`,
    policy: clientPolicy(bucket),
    by: 'attach',
  });
  await admin(`s3api create-bucket --bucket ${foreignBucket}`);
  await admin(`s3 cp - s3://${foreignBucket}/secret`, { input: 'not yours' });
  const moved = opened.move();
  return {
    server,
    admin,
    bucket,
    foreignBucket,
    user,
    workplace,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
