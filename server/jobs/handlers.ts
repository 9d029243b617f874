import type { JobKind } from '../../api/job.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { PromotedModels } from '../models/promoted-models.js';
import { EvaluateHandler } from './evaluate.js';
import { LabelHandler } from './label.js';
import type { JobHandler } from './runner.js';
import { SearchHandler } from './search.js';
import { TrainHandler } from './train.js';

/** Who does each kind of job. @param threads of a job */
export function jobHandlers(
  models: ModelFolder,
  promoted: PromotedModels,
  threads: number,
): Record<JobKind, JobHandler> {
  return {
    train: new TrainHandler(models, promoted, threads),
    search: new SearchHandler(models, promoted),
    label: new LabelHandler(threads),
    evaluate: new EvaluateHandler(threads),
  };
}
