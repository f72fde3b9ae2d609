import type { HeadObject } from '../api/index.ts';
import { foundObject } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { readAnswer } from '../read-answer.ts';

export const headObject: S3Handler<typeof HeadObject> = async (input, context) => {
  const version = await foundObject(context);
  const { range, answer } = await readAnswer(version, input, context);
  return { ...answer, ContentLength: range.end - range.start };
};
