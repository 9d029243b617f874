// Checks uploaded spaces in a process of its own: their expressions may take any time.
import { InputError } from '../../src/base/errors.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { cpuMs } from '../../src/base/limited-process/watched.js';
import { Random } from '../../src/base/random.js';
import { type DeclaredSpace, declaredSpace, withNetworks } from '../../src/spaces/declared/declared-space.js';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import { checkSpace } from '../../src/testing/check-space.js';
import { ApiError, badField } from '../http/errors.js';
import { replyOf } from '../reading/process-reply.js';

/** Number of architectures drawn for the check. */
const SAMPLES = 20;
/** CPU time limits for what the service itself does: numbering all architectures, and reading each one, ms. */
const MOST_NUMBERING_MS = 2000;
const MOST_READING_MS = 10;

answerQuestions((file: SpaceFile) => replyOf(() => check(file)));

/** @throws ApiError 400 naming the field that is wrong, 422 for a space that breaks the contract of spaces */
function check(file: SpaceFile): null {
  try {
    const space = withNetworks(declaredSpace(file));
    assertQuick(space);
    checkSpace(space, { samples: SAMPLES });
    return null;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof InputError) throw badField(error.location.field ?? '/', error.problem);
    throw new ApiError(422, 'broken_space', (error as Error).message);
  }
}

/** @throws ApiError 422 for a space that would hold the service up */
function assertQuick(space: DeclaredSpace): void {
  const begun = cpuMs();
  for (const _ of space.numbering()) {
    if (cpuMs() - begun > MOST_NUMBERING_MS) throw tooSlow('numbering its architectures', MOST_NUMBERING_MS);
  }
  const { nodes, features } = space.graph;
  const [encoded, adjacency] = [new Float32Array(nodes * features.length), new Float32Array(nodes * nodes)];
  const random = new Random(1);
  const numbered = cpuMs();
  for (let i = 0; i < SAMPLES; i++) {
    space.encode(space.parse(space.format(space.sample(random))), encoded, adjacency, 0);
  }
  if (cpuMs() - numbered > SAMPLES * MOST_READING_MS)
    throw tooSlow('reading an architecture', MOST_READING_MS);
}

function tooSlow(what: string, mostMs: number): ApiError {
  const message = `${what} takes more than the ${mostMs} ms allowed here: declare fewer or shorter expressions`;
  return new ApiError(422, 'too_large', message);
}
