import { readCounter, readRecord, walkRecords, type Core } from './core.ts';
import { IdentityError } from './error.ts';
import { newJobId } from './ids.ts';
import type { AccessJob } from './model.ts';
import { accessJobs, counters, credentialReports, reportParts } from './records.ts';

/** "You can generate a credential report as often as once every four hours." */
const CREDENTIAL_REPORT_AGE_MS_MAX = 4 * 60 * 60_000;
/** Characters of a report in one record, well below what a value of the store holds. */
const PART_LENGTH = 256 * 1024;
/** Long enough for whoever asks for many reports and then fetches them. */
const JOB_AGE_MS_MAX = 7 * 24 * 60 * 60_000;
/** Twice as many as there are users to report about; the oldest make room. */
const JOBS_MAX = 10_000;
/** Each new job takes at most so many old ones with it, so that their number shrinks. */
const JOBS_SWEPT_MAX = 2;

export interface CredentialReport {
  readonly generatedAtMs: number;
  readonly text: string;
}

/** What is asked for once and fetched later, as IAM has it. */
export function reportMethods(core: Core) {
  const renewals = new Map<string, Promise<void>>();
  return {
    /** Writes the account's credential report anew, unless there is one of the last four hours. */
    renewCredentialReport(account: string, write: () => Promise<string>): Promise<void> {
      const running = renewals.get(account);
      if (running !== undefined) return running;
      const renewal = renewReport(core, account, write).finally(() => renewals.delete(account));
      renewals.set(account, renewal);
      return renewal;
    },
    /** Throws ReportNotPresent and ReportExpired. */
    getCredentialReport: (account: string) => readReport(core, account),

    createAccessJob: (account: string, job: Pick<AccessJob, 'arn' | 'granularity'>) =>
      createJob(core, account, job),
    /** Throws NoSuchEntity. */
    async getAccessJob(account: string, id: string): Promise<AccessJob> {
      const job = await readRecord(core, accessJobs, account, id);
      if (job !== undefined && !isOver(core, job)) return job;
      throw new IdentityError('NoSuchEntity', `Job ${id} cannot be found.`);
    },
  };
}

async function renewReport(
  core: Core,
  account: string,
  write: () => Promise<string>,
): Promise<void> {
  const known = await readRecord(core, credentialReports, account);
  const generatedAtMs = core.clock.nowMs();
  if (known !== undefined && generatedAtMs < known.generatedAtMs + CREDENTIAL_REPORT_AGE_MS_MAX) {
    return;
  }
  const text = await write();
  const parts = Math.ceil(text.length / PART_LENGTH);
  await core.transact(async (tx) => {
    const old = await tx.get(credentialReports, account);
    if (old !== undefined) {
      for (let part = 0; part < old.parts; part += 1) {
        tx.delete(reportParts, account, old.generatedAtMs, part);
      }
    }
    for (let part = 0; part < parts; part += 1) {
      const start = part * PART_LENGTH;
      const piece = { text: text.slice(start, start + PART_LENGTH) };
      tx.set(reportParts, piece, account, generatedAtMs, part);
    }
    tx.set(credentialReports, { generatedAtMs, parts }, account);
  });
}

async function readReport(core: Core, account: string): Promise<CredentialReport> {
  const report = await readRecord(core, credentialReports, account);
  if (report === undefined) {
    throw new IdentityError(
      'ReportNotPresent',
      'No credential report exists. Call GenerateCredentialReport to make one.',
    );
  }
  const { generatedAtMs, parts } = report;
  if (core.clock.nowMs() >= generatedAtMs + CREDENTIAL_REPORT_AGE_MS_MAX) {
    throw new IdentityError(
      'ReportExpired',
      'The credential report has expired. Call GenerateCredentialReport to make another one.',
    );
  }
  const pieces = await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      readRecord(core, reportParts, account, generatedAtMs, part),
    ),
  );
  // A newer report took this one's place between the two reads.
  if (pieces.includes(undefined)) return readReport(core, account);
  return { generatedAtMs, text: pieces.map((piece) => piece?.text).join('') };
}

async function createJob(
  core: Core,
  account: string,
  { arn, granularity }: Pick<AccessJob, 'arn' | 'granularity'>,
): Promise<AccessJob> {
  const createdAtMs = core.clock.nowMs();
  const job: AccessJob = { id: newJobId(createdAtMs), createdAtMs, arn, granularity };
  const count = await readCounter(core, account, 'accessJobs');
  const swept: AccessJob[] = [];
  const oldest = walkRecords(core, accessJobs, [account], { rowsWanted: JOBS_SWEPT_MAX });
  for await (const { record } of oldest) {
    const isInTheWay = isOver(core, record) || count - swept.length >= JOBS_MAX;
    if (!isInTheWay || swept.length === JOBS_SWEPT_MAX) break;
    swept.push(record);
  }
  return core.transact(async (tx) => {
    let change = 1;
    for (const { id } of swept) {
      // Others sweep too: what is gone already is not counted down twice.
      if ((await tx.get(accessJobs, account, id)) === undefined) continue;
      tx.delete(accessJobs, account, id);
      change -= 1;
    }
    tx.set(accessJobs, job, account, job.id);
    tx.add(counters, change, account, 'accessJobs');
    return job;
  });
}

function isOver({ clock }: Core, { createdAtMs }: AccessJob): boolean {
  return clock.nowMs() >= createdAtMs + JOB_AGE_MS_MAX;
}
