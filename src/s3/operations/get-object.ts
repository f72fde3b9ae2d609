import { whenKnown } from '../../base/awaitable.ts';
import type { GetObject } from '../api/index.ts';
import { foundObject } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { readAnswer } from '../read-answer.ts';

export const getObject: S3Handler<typeof GetObject> = (input, context) =>
  whenKnown(foundObject(context), (version) =>
    whenKnown(readAnswer(version, input, context), ({ range, answer }) =>
      whenKnown(context.objects.open(version, range.start, range.end), (Body) => ({
        ...answer,
        Body,
      })),
    ),
  );
