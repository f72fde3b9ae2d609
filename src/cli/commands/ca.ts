import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { authorityOf, renewAuthority } from '../../server/authority.ts';
import { configOf } from '../../server/config.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import { EXIT, type Command } from '../command.ts';
import { CONFIG_FLAGS } from './serve.ts';

export const ca: Command = {
  summary: "Print the certificate of the server's own authority, and how clients come to trust it.",
  examples: ['coffer ca', 'coffer ca > coffer-ca.pem', 'export AWS_CA_BUNDLE=$(coffer ca --path)'],
  flags: {
    data: CONFIG_FLAGS.data,
    host: CONFIG_FLAGS.host,
    domain: CONFIG_FLAGS.domain,
    'aws-names': "(switch) The authority may speak for AWS's own names too",
    path: '(switch) Print only the path of the certificate',
    renew: '(switch) Make a new one, which clients must trust anew',
  },
  run({ flags }, io) {
    const { path, renew, ...settings } = flags;
    const config = configOf(settings, io.environment);
    const folder = openDataFolder(config.dataFolder);
    const open = renew === undefined ? authorityOf : renewAuthority;
    const { pem } = open(folder, config, systemClock);
    const file = join(folder.authority, 'ca.pem');
    io.out(path === undefined ? pem.certificate : `${file}\n`);
    if (path === undefined) io.err(trustOf(file));
    return Promise.resolve(EXIT.done);
  },
};

/** Each program has a variable of its own; the system's store serves those that have none. */
function trustOf(file: string): string {
  return `
This certificate is in ${file}. To trust it:

  curl                       export CURL_CA_BUNDLE=${file}
  aws, boto3, coffer         export AWS_CA_BUNDLE=${file}
  Python's requests          export REQUESTS_CA_BUNDLE=${file}
  Node.js                    export NODE_EXTRA_CA_CERTS=${file}
  OpenSSL, Go, s3cmd, rclone export SSL_CERT_FILE=${file}
  boto 2                     ca_certificates_file = ${file}   # in [Boto] of ~/.boto
  everything, on Debian      cp ${file} /usr/local/share/ca-certificates/coffer.crt
                             update-ca-certificates

All but NODE_EXTRA_CA_CERTS and the last take the place of the system's certificates.
`;
}
