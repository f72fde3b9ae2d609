import { IdentityError, type AccessJob, type Place } from '../../identity/index.ts';
import type * as api from '../api/reports.ts';
import type { IamContext, IamHandler } from '../handler.ts';
import { pageAnswer, slicePage } from '../paging.ts';
import {
  actorArn,
  actorsOf,
  findSubject,
  grantedActions,
  grantsService,
  policiesOf,
  SERVICES,
  usesOf,
  type Actor,
  type ActorUse,
  type GrantingPolicy,
} from '../service-access.ts';

const ENTITY_TYPE = { user: 'USER', group: 'GROUP', role: 'ROLE' } as const;

export const generateServiceLastAccessedDetails: IamHandler<
  typeof api.GenerateServiceLastAccessedDetails
> = async ({ Arn, Granularity = 'SERVICE_LEVEL' }, { identity, account }) => {
  await findSubject(identity, account, Arn);
  const job = await identity.createAccessJob(account, { arn: Arn, granularity: Granularity });
  return { JobId: job.id };
};

/** The services that the policies allow, each with its last use. */
export const getServiceLastAccessedDetails: IamHandler<
  typeof api.GetServiceLastAccessedDetails
> = async ({ JobId, ...input }, context) => {
  const { identity, account } = context;
  const job = await identity.getAccessJob(account, JobId);
  const { granularity } = job;
  const report = await reportOf(context, job);
  const page = slicePage(report.services, input);
  const ServicesLastAccessed = await Promise.all(
    page.items.map(async ({ namespace, name }) => {
      const uses = await usesOf(identity, report.actors, namespace);
      return {
        ServiceName: name,
        ServiceNamespace: namespace,
        ...lastOf(uses),
        TotalAuthenticatedEntities: uses.length,
        ...(granularity === 'ACTION_LEVEL'
          ? { TrackedActionsLastAccessed: actionsOf(uses, grantedActions(report.texts, namespace)) }
          : {}),
      };
    }),
  );
  return {
    ...jobAnswer(job, report.error),
    JobType: granularity,
    ServicesLastAccessed,
    ...pageAnswer(page),
  };
};

export const getServiceLastAccessedDetailsWithEntities: IamHandler<
  typeof api.GetServiceLastAccessedDetailsWithEntities
> = async ({ JobId, ServiceNamespace, ...input }, context) => {
  const { identity, account } = context;
  const job = await identity.getAccessJob(account, JobId);
  const report = await reportOf(context, job);
  const uses = await usesOf(identity, report.actors, ServiceNamespace);
  const page = slicePage(uses, input);
  return {
    ...jobAnswer(job, report.error),
    EntityDetailsList: page.items.map(({ actor, use }) => ({
      EntityInfo: toEntityInfo(actor),
      LastAuthenticated: new Date(use.atMs),
    })),
    ...pageAnswer(page),
  };
};

/** Of the moment in which it is fetched; whom it is about may be gone by then. */
async function reportOf({ identity, account }: IamContext, { arn }: AccessJob) {
  try {
    const subject = await findSubject(identity, account, arn);
    const policies = await policiesOf(identity, account, subject);
    return {
      texts: policies.map(({ text }) => text),
      actors: await actorsOf(identity, account, subject),
      services: SERVICES.filter(({ namespace }) =>
        policies.some(({ text }) => grantsService(text, namespace)),
      ),
      error: undefined,
    };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return { texts: [], actors: [], services: [], error };
  }
}

function jobAnswer({ createdAtMs }: AccessJob, error: IdentityError | undefined) {
  const date = new Date(createdAtMs);
  return {
    JobStatus: error === undefined ? ('COMPLETED' as const) : ('FAILED' as const),
    JobCreationDate: date,
    JobCompletionDate: date,
    ...(error === undefined ? {} : { Error: { Code: error.kind, Message: error.message } }),
  };
}

function lastOf([last]: readonly ActorUse[]) {
  if (last === undefined) return {};
  const { atMs, region } = last.use;
  return {
    LastAuthenticated: new Date(atMs),
    LastAuthenticatedEntity: actorArn(last.actor),
    ...(region === undefined ? {} : { LastAuthenticatedRegion: region }),
  };
}

/** By name: those that are allowed, and those that were asked for all the same. */
function actionsOf(uses: readonly ActorUse[], granted: readonly string[]) {
  const latest = new Map<string, { readonly actor: Actor; readonly place: Place }>();
  for (const { actor, use } of uses) {
    for (const [name, place] of Object.entries(use.actions)) {
      const before = latest.get(name);
      if (before === undefined || place.atMs > before.place.atMs)
        latest.set(name, { actor, place });
    }
  }
  const names = new Set([...granted, ...latest.keys()]);
  return [...names].sort().map((name) => {
    const last = latest.get(name);
    if (last === undefined) return { ActionName: name };
    const { atMs, region } = last.place;
    return {
      ActionName: name,
      LastAccessedEntity: actorArn(last.actor),
      LastAccessedTime: new Date(atMs),
      ...(region === undefined ? {} : { LastAccessedRegion: region }),
    };
  });
}

function toEntityInfo(actor: Actor) {
  const { name, id, path } = actor.entity;
  return { Arn: actorArn(actor), Name: name, Type: ENTITY_TYPE[actor.kind], Id: id, Path: path };
}

/** Two hundred namespaces at most and a few dozen policies fit into one page. */
export const listPoliciesGrantingServiceAccess: IamHandler<
  typeof api.ListPoliciesGrantingServiceAccess
> = async ({ Arn, ServiceNamespaces }, { identity, account }) => {
  const subject = await findSubject(identity, account, Arn);
  if (subject.kind === 'policy') {
    throw new IdentityError('InvalidInput', `ARN ${Arn} is not of a user, group or role.`);
  }
  const policies = await policiesOf(identity, account, subject);
  return {
    PoliciesGrantingServiceAccess: [...new Set(ServiceNamespaces)].map((namespace) => ({
      ServiceNamespace: namespace,
      Policies: policies.filter(({ text }) => grantsService(text, namespace)).map(toGranting),
    })),
    IsTruncated: false,
  };
};

function toGranting({ name, arn, carrier }: GrantingPolicy) {
  return carrier === undefined
    ? { PolicyName: name, PolicyType: 'MANAGED' as const, PolicyArn: arn }
    : {
        PolicyName: name,
        PolicyType: 'INLINE' as const,
        EntityType: ENTITY_TYPE[carrier.kind],
        EntityName: carrier.entity.name,
      };
}
