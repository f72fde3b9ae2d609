import { UsageError } from '../command.ts';
import type { Client } from './client.ts';

/** The ARN of `user/NAME` or `role/NAME` in the caller's account, or of an ARN itself. */
export async function principalArn(client: Client, text: string): Promise<string> {
  if (text.startsWith('arn:')) return text;
  const [kind, name = ''] = text.split('/', 2);
  if (kind === 'user' && name !== '') {
    const found = await client.query('iam', 'GetUser', { UserName: name });
    return found.textOf('User/Arn') ?? text;
  }
  if (kind === 'role' && name !== '') {
    const found = await client.query('iam', 'GetRole', { RoleName: name });
    return found.textOf('Role/Arn') ?? text;
  }
  throw new UsageError(`Not a principal: "${text}". Write user/NAME, role/NAME or an ARN`);
}
