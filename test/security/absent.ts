import type { Absent } from './row.ts';

const NO_NODES = 'one process, no protocol between nodes';
const NO_CONSOLE = 'no console and no proxy';
const NO_FRONTS = 'S3, IAM and STS are the only protocols, with one authenticator';

/** Rows of the tables of published faults that do not apply, and why. */
export const ABSENT: readonly Absent[] = [
  { id: 'CVE-2026-33419', peer: 'MinIO', why: 'no LDAP' },
  { id: 'CVE-2026-42600', peer: 'MinIO', why: NO_NODES },
  { id: 'CVE-2023-27589', peer: 'MinIO', why: 'key ids are drawn, names are no credentials' },
  { id: 'CVE-2022-35919', peer: 'MinIO', why: 'no call reads a file that its caller names' },
  { id: 'CVE-2022-31028', peer: 'MinIO', why: 'time limits are tested at the listener' },
  { id: 'MinIO #20986', peer: 'MinIO', why: NO_FRONTS },
  { id: 'SN-2026-014', peer: 'Silo', why: NO_CONSOLE },
  {
    id: 'Silo replicated lock',
    peer: 'Silo',
    why: 'no replication; races: test/faults/conditions',
  },
  { id: 'CVE-2026-72920', peer: 'SeaweedFS', why: NO_NODES },
  { id: 'CVE-2026-55873', peer: 'SeaweedFS', why: 'no tables; what fails denies: src/access' },
  { id: 'pq29', peer: 'RustFS', why: NO_NODES },
  { id: 'f4vq', peer: 'RustFS', why: 'no archive is unpacked' },
  { id: 'v9cp', peer: 'RustFS', why: 'vectors in src/policy' },
  { id: 'j548', peer: 'RustFS', why: 'no object lock is served' },
  { id: 'xrrf', peer: 'RustFS', why: 'no encryption is promised' },
  { id: 'v9fg 7gcx', peer: 'RustFS', why: NO_CONSOLE },
  { id: '923g', peer: 'RustFS', why: NO_NODES },
  { id: '3p3x 3g29 g3vq', peer: 'RustFS', why: NO_FRONTS },
  { id: 'gw2x', peer: 'RustFS', why: 'random requests: test/security/random.test.ts' },
  { id: 'r54g 8cm2 333v', peer: 'RustFS', why: 'looked for in all that was written, below' },
  { id: 'CVE-2019-3821', peer: 'Ceph RGW', why: 'a fault of its HTTP library' },
  { id: 'CVE-2016-0738', peer: 'Swift', why: 'no proxy before object servers' },
  { id: 'CVE-2017-8761', peer: 'Swift', why: 'looked for in all that was written, below' },
  { id: 'GHSA-c7wx GHSA-7c8h', peer: 'versitygw', why: 'no details are published' },
  { id: 'CVE-2023-46739', peer: 'CubeFS', why: 'isSameSignature in src/signature is the compare' },
  { id: 'CVE-2023-46740', peer: 'CubeFS', why: 'keys come from secureBytes in src/base' },
  { id: 'CVE-2021-32090 CVE-2023-48054', peer: 'LocalStack', why: NO_CONSOLE },
];
