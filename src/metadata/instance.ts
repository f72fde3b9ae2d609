import {
  credentialDocument,
  wholeSeconds,
  type InstanceRole,
  type RoleCredentials,
} from './credentials.ts';

/** What the machine is, as far as programs ask. */
export interface Instance {
  /** `i-` and seventeen hexadecimal digits. */
  readonly id: string;
  readonly region: string;
  readonly hostname: string;
  /** IPv4. */
  readonly address: string;
  readonly startedAtMs: number;
}

/** Small and in every region; nothing here depends on it. */
const INSTANCE_TYPE = 't3.micro';

/** What the metadata holds, by its path behind the version; folders follow from the paths. */
export type Metadata = ReadonlyMap<string, () => string>;

/** The instance's metadata ("Instance metadata categories"), of a role if it has one. */
export function metadataOf(
  instance: Instance,
  role: InstanceRole | undefined,
  credentials: RoleCredentials | undefined,
): Metadata {
  const { id, region, hostname, address, startedAtMs } = instance;
  const zone = `${region}a`;
  const found = new Map<string, () => string>([
    ['dynamic/instance-identity/document', () => jsonText(identityDocument(instance, zone, role))],
    ['meta-data/hostname', () => hostname],
  ]);
  if (role !== undefined && credentials !== undefined) {
    const info = {
      Code: 'Success',
      LastUpdated: wholeSeconds(startedAtMs),
      InstanceProfileArn: role.profileArn,
      InstanceProfileId: role.profileId,
    };
    found.set('meta-data/iam/info', () => jsonText(info));
    found.set(`meta-data/iam/security-credentials/${role.name}`, () =>
      jsonText(credentialDocument(credentials)),
    );
  }
  const rest: readonly (readonly [string, string])[] = [
    ['meta-data/instance-id', id],
    ['meta-data/instance-type', INSTANCE_TYPE],
    ['meta-data/local-hostname', hostname],
    ['meta-data/local-ipv4', address],
    ['meta-data/placement/availability-zone', zone],
    ['meta-data/placement/region', region],
    ['meta-data/services/domain', 'amazonaws.com'],
    ['meta-data/services/partition', 'aws'],
  ];
  for (const [path, text] of rest) found.set(path, () => text);
  return found;
}

/** The text at a path, or the list of what is below it; with a slash at its end or without. */
export function textAt(metadata: Metadata, path: string): string | undefined {
  const trimmed = path.replace(/\/$/, '');
  const leaf = metadata.get(trimmed);
  if (leaf !== undefined) return leaf();
  const folder = trimmed === '' ? '' : `${trimmed}/`;
  const below = [...metadata.keys()]
    .filter((each) => each.startsWith(folder))
    .map((each) => each.slice(folder.length).split('/'))
    .map(([name = '', ...more]) => (more.length > 0 ? `${name}/` : name));
  // No newline at the end: the oldest clients put a role's name behind the path as it comes.
  return below.length === 0 ? undefined : [...new Set(below)].join('\n');
}

/** "Instance identity documents": what libraries read the region and the account from. */
function identityDocument(instance: Instance, zone: string, role: InstanceRole | undefined) {
  return {
    accountId: role?.account ?? '',
    architecture: 'x86_64',
    availabilityZone: zone,
    imageId: 'ami-00000000000000000',
    instanceId: instance.id,
    instanceType: INSTANCE_TYPE,
    pendingTime: wholeSeconds(instance.startedAtMs),
    privateIp: instance.address,
    region: instance.region,
    version: '2017-09-30',
  };
}

function jsonText(document: object): string {
  return JSON.stringify(document, undefined, 2);
}
