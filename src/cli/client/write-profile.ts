import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Credentials } from '../../signature/index.ts';
import { editIni } from './ini.ts';
import { configSection, type ProfileFiles } from './profile.ts';

export interface NewProfile {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Writes a profile into AWS's two files, and leaves everything else in them as it is. */
export function writeProfile(files: ProfileFiles, profile: NewProfile): void {
  const { name, endpoint, region, credentials } = profile;
  edit(files.credentials, name, {
    aws_access_key_id: credentials.accessKeyId,
    aws_secret_access_key: credentials.secretAccessKey,
    aws_session_token: credentials.sessionToken,
  });
  edit(files.config, configSection(name), { endpoint_url: endpoint, region });
}

/** The file is replaced as a whole, so that a crash leaves the old or the new one. */
function edit(
  path: string,
  section: string,
  changes: Readonly<Record<string, string | undefined>>,
): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const { target, text } = currentOf(path);
  const temporary = `${target}.coffer-tmp`;
  writeFileSync(temporary, editIni(text, section, changes), { mode: OWNER_ONLY_FILE });
  chmodSync(temporary, OWNER_ONLY_FILE);
  renameSync(temporary, target);
}

/** People keep these files as links into other folders: the link stays, its target changes. */
function currentOf(path: string): { target: string; text: string } {
  try {
    const target = realpathSync(path);
    return { target, text: readFileSync(target, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { target: path, text: '' };
  }
}
