import { Type } from 'typebox';

export const MetricName = Type.String({
  minLength: 1,
  maxLength: 80,
  description: 'latency (the default), energy, memory, power, throughput, or one of your own as name:unit',
});
