import { Type } from '#typebox';

export const MetricName = Type.String({
  minLength: 1,
  maxLength: 80,
  description: 'latency (the default), energy, memory, power, throughput, or one of your own as name:unit',
});

/** In answers: what was asked for. */
export const NamedMetric = {
  metric: Type.Optional(Type.String({ description: 'Where one was named' })),
  unit: Type.Optional(Type.String({ description: 'Of the metric that was named' })),
};
