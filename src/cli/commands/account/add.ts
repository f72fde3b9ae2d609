import { addAccount } from '../../../server/add-account.ts';
import { configOf } from '../../../server/config.ts';
import { EXIT, type Command } from '../../command.ts';
import { CONFIG_FLAGS } from '../serve.ts';

/** AWS makes accounts outside of IAM, and so does Coffer: on the data itself, while nothing serves it. */
export const accountAdd: Command = {
  summary: 'Add an account to a data folder that is not being served.',
  examples: ['coffer account add second --email second@example.com --data coffer-data'],
  operands: ['name'],
  flags: {
    data: CONFIG_FLAGS.data,
    email: "The account's e-mail address, by which ACL grants can name it",
    id: 'Twelve digits, instead of random ones',
    'access-key-id': "Root's key, instead of a random one",
    'secret-access-key': "Root's secret, instead of a random one",
  },
  async run({ flags, operands }, io) {
    const [name = ''] = operands;
    const config = configOf({ data: flags['data'] }, io.environment);
    const { account, key } = await addAccount(config, {
      name,
      email: flags['email'] ?? `${name}@localhost`,
      id: flags['id'],
      accessKeyId: flags['access-key-id'],
      secretAccessKey: flags['secret-access-key'],
    });
    const { id, canonicalUserId, email } = account;
    io.out(`${JSON.stringify({ id, canonicalUserId, email, ...key }, undefined, 2)}\n`);
    return EXIT.done;
  },
};
