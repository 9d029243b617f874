// Checks spaces that were uploaded in a process of its own: their expressions may take any time.
import { InputError } from '../../src/base/errors.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { declaredSpace } from '../../src/spaces/declared/declared-space.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { checkSpace } from '../../src/testing/check-space.js';
import { ApiError, badField } from '../errors.js';
import { replyOf } from '../process-reply.js';

/** Architectures that are drawn. */
const SAMPLES = 20;

answerQuestions((file: SpaceFile) => replyOf(() => check(file)));

/** @throws ApiError 400 naming the field that is wrong, 422 for a space that breaks the contract of spaces */
function check(file: SpaceFile): null {
  try {
    checkSpace(declaredSpace(file), { samples: SAMPLES });
    return null;
  } catch (error) {
    if (error instanceof InputError) throw badField(error.location.field ?? '/', error.message);
    throw new ApiError(422, 'broken_space', (error as Error).message);
  }
}
