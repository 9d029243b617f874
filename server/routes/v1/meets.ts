import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import { MeetsAnswer, MeetsBody, MOST_LOOKED_AT } from '../../../api/meets.js';
import { metricKey } from '../../../src/metrics/metric.js';
import { badField } from '../../http/errors.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { refuseWhenBehind } from '../../plugins/pressure.js';
import { numbered } from '../../spaces/numbered.js';
import { architecturesIn } from '../../tables/predictions.js';

/** Architectures predicted at a time; other requests get a turn in between. */
const AT_ONCE = 1000;
/** Memory for each until the answer has been sent, bytes. */
const PREDICTION_BYTES = 300;

/** `POST /v1/meets`, the inverse of a prediction: which architectures probably stay within a limit. */
export const meets: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  refuseWhenBehind(app);

  app.post(
    '/v1/meets',
    {
      config: { role: 'read' },
      schema: {
        summary:
          'Finds architectures that meet a limit with some probability, among those given or in the whole space',
        tags: ['predictions'],
        body: MeetsBody,
        response: { 200: MeetsAnswer, ...ERRORS },
      },
    },
    async (request): Promise<MeetsAnswer> => {
      const { device, metric, limit, minProbability = 0.9, from = 0, count: wanted = 100 } = request.body;
      const { architectures: given, seed = 1 } = request.body;
      const [model] = await findModels(models, [device], metric);
      const { space, card } = model;
      if (!card.interval) {
        throw badField(
          'device',
          `the predictor of ${device} has no intervals, which are needed for probabilities`,
        );
      }
      if (!given) await numbered(space);
      const isSample = !given && space.size > MOST_LOOKED_AT;
      request.hold(PREDICTION_BYTES * (given?.length ?? Math.min(space.size, MOST_LOOKED_AT)));
      const lots = given
        ? inLots(given)
        : architecturesIn(space, {
            from: 0,
            limit: MOST_LOOKED_AT,
            seed,
            ...(isSample && { sample: MOST_LOOKED_AT }),
          });
      const found: MeetsAnswer['meets'] = [];
      let [count, lookedAt, unreadable] = [0, 0, 0];
      for (const lot of lots) {
        for (const { architecture, value, withinLimit = 0 } of await model.predictWithIntervals(lot, limit)) {
          if (value === undefined) unreadable++;
          else lookedAt++;
          if (value === undefined || withinLimit < minProbability) continue;
          if (count >= from && found.length < wanted) found.push({ architecture, value, withinLimit });
          count++;
        }
      }
      const end = from + found.length;
      return {
        meets: found,
        count,
        lookedAt,
        unreadable,
        isSample,
        next: end < count ? end : null,
        device,
        metric: metricKey(model.metric),
        unit: model.metric.unit,
        modelVersion: card.version,
      };
    },
  );
};

function* inLots(architectures: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < architectures.length; start += AT_ONCE) {
    yield architectures.slice(start, start + AT_ONCE);
  }
}
