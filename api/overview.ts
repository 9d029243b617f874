import { type Static, Type } from '#typebox';
import { ModelCard } from '../src/predictors/saved/card.js';
import { maybe } from './maybe.js';
import { ROLES } from './role.js';

const { properties: card } = ModelCard;

const MeasuredDevice = Type.Object({
  id: card.device,
  description: card.description,
  space: card.space,
  measurements: Type.Integer({ minimum: 0, description: 'Total over all metrics' }),
  metrics: Type.Array(
    Type.Object({ metric: Type.String(), unit: Type.String(), measurements: Type.Integer({ minimum: 1 }) }),
    { description: 'Metrics measured, latency first' },
  ),
  lastUploadAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
export type MeasuredDevice = Static<typeof MeasuredDevice>;

export const OverviewAnswer = Type.Object({
  version: Type.String({ description: 'Version of tempograph' }),
  store: Type.Enum(['off', 'ready', 'failed'], {
    description: 'Where measurements, versions and jobs are kept; `off`: predictions only',
  }),
  measured: Type.Array(MeasuredDevice, {
    description: 'Devices with measurements, or with candidates to measure',
  }),
  caller: maybe(
    Type.Object({ id: Type.String(), name: Type.String(), role: Type.Enum([...ROLES]) }),
    'The API key of the request; null if none is needed',
  ),
});
export type OverviewAnswer = Static<typeof OverviewAnswer>;
