import type { Handler } from '../wire/index.ts';
import type { S3Context } from './context.ts';

/** What answers one operation: decoded, authorized input in, plain output back. */
export type S3Handler<Op> = Handler<Op, S3Context>;
