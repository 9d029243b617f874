import type { JobKind } from '../../api/job.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { PromotedModels } from '../models/promoted-models.js';
import type { StoredSpaces } from '../spaces/stored-spaces.js';
import { CompressHandler } from './compress.js';
import { EmulateHandler } from './emulate.js';
import { EvaluateHandler } from './evaluate.js';
import { LabelHandler } from './label.js';
import type { JobHandler } from './runner.js';
import { SearchHandler } from './search.js';
import { TrainHandler } from './train.js';

/** Its matrices are small: with more threads it takes longer. */
const THREADS_OF_TRAINING = 1;

/** Who does each kind of job. @param folders of predictors @param threads of jobs that share their work out */
export function jobHandlers(
  models: ModelFolder,
  folders: readonly string[],
  promoted: PromotedModels,
  spaces: StoredSpaces,
  threads: number,
): Record<JobKind, JobHandler> {
  /** A job may be in a space that was uploaded to another server just now. */
  const knowingSpaces = (handler: JobHandler): JobHandler => ({
    async run(job, context) {
      await spaces.sync(context.store);
      return handler.run(job, context);
    },
  });
  return {
    train: knowingSpaces(new TrainHandler(models, promoted, THREADS_OF_TRAINING)),
    search: knowingSpaces(new SearchHandler(models, promoted)),
    label: knowingSpaces(new LabelHandler(threads)),
    evaluate: knowingSpaces(new EvaluateHandler(THREADS_OF_TRAINING)),
    emulate: new EmulateHandler(threads),
    compress: new CompressHandler(folders),
  };
}
