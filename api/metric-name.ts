import { Type } from '#typebox';

export const MetricName = Type.String({
  minLength: 1,
  maxLength: 80,
  description: 'latency (the default), energy, memory, power, throughput, or one of your own as name:unit',
});

/** The requested metric, repeated in answers. */
export const NamedMetric = {
  metric: Type.Optional(Type.String({ description: 'If the request named one' })),
  unit: Type.Optional(Type.String({ description: 'Unit of the metric named' })),
};
