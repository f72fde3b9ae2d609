import { findKey } from './catalog.ts';

/**
 * Condition keys that no request to this server has, because they come from what it does not have:
 * organizations, virtual private clouds, other AWS services acting for a caller, access points,
 * access grants, batch jobs. In lower case; `/*` at the end stands for any rest.
 */
const NEVER_PRESENT: ReadonlySet<string> = new Set([
  'aws:assumedroot',
  'aws:calledvia',
  'aws:calledviaawsmcp',
  'aws:calledviafirst',
  'aws:calledvialast',
  'aws:chatbotsourcearn',
  'aws:ec2instancesourceprivateipv4',
  'aws:ec2instancesourcevpc',
  'aws:ismcpserviceaction',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalservicename',
  'aws:principalservicenameslist',
  'aws:resourceorgid',
  'aws:resourceorgpaths',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourcevpc',
  'aws:sourcevpcarn',
  'aws:sourcevpce',
  'aws:viaawsmcpservice',
  'aws:vpceaccount',
  'aws:vpceorgid',
  'aws:vpceorgpaths',
  'aws:vpcsourceip',
  's3:accessgrantscope',
  's3:accessgrantsinstancearn',
  's3:accessgrantslocationscope',
  's3:accesspointnetworkorigin',
  's3:accesspointtag/*',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:existingjoboperation',
  's3:existingjobpriority',
  's3:inventoryaccessibleoptionalfields',
  's3:jobsuspendedcause',
  's3:requestjoboperation',
  's3:requestjobpriority',
]);

/** The keys themselves, for the test that nothing computes them. */
export const NEVER_PRESENT_KEYS: readonly string[] = [...NEVER_PRESENT];

/** Whether no request to this server can have the key. */
export function isNeverPresent(key: string): boolean {
  const name = findKey(key)?.name.toLowerCase();
  return name !== undefined && NEVER_PRESENT.has(name);
}
