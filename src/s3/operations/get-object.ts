import type { GetObject } from '../api/index.ts';
import { foundObject } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { readAnswer } from '../read-answer.ts';

export const getObject: S3Handler<typeof GetObject> = async (input, context) => {
  const version = await foundObject(context);
  const { range, answer } = await readAnswer(version, input, context);
  return { ...answer, Body: await context.objects.open(version, range.start, range.end) };
};
