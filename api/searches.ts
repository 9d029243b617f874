import { type Static, Type } from '#typebox';
import { TableFormat } from './downloads.js';
import { JobStateName } from './jobs.js';
import { maybe } from './maybe.js';
import { SearchRequest } from './search-request.js';

/** Predicted metrics of a network that are not latencies. */
export const Costs = Type.Record(Type.String(), Type.Number(), {
  description:
    'Where there are limits of other metrics: by `energy of board in mJ`, `throughput of board in 1/s (more is better)`',
});

const Best = Type.Object({
  number: Type.Integer(),
  architecture: Type.String(),
  accuracy: Type.Number(),
  reward: maybe(Type.Number(), 'Of a pair'),
  latencyMs: Type.Record(Type.String(), Type.Number()),
  costs: Type.Optional(Costs),
});

const summary = {
  id: Type.String({ format: 'uuid' }),
  state: JobStateName,
  error: maybe(Type.String(), 'Why it failed, or why its last attempt did'),
  request: SearchRequest,
  candidates: maybe(Type.Integer(), 'Networks that keep within the limits; isomorphic ones are one'),
  optimum: maybe(Type.Number(), 'The best accuracy among them, where all are known'),
  trained: Type.Integer(),
  known: Type.Integer({ description: 'Networks that earlier searches have trained, beside these' }),
  failed: Type.Integer(),
  pending: Type.Integer({ description: 'Proposed, and not told yet' }),
  best: maybe(Best, 'The most accurate so far; of pairs the one with the highest reward'),
  createdAt: Type.String({ format: 'date-time' }),
  finishedAt: maybe(Type.String({ format: 'date-time' }), 'When it was over'),
};

export const SearchSummary = Type.Object(summary);
export type SearchSummary = Static<typeof SearchSummary>;

const Point = Type.Object({
  number: Type.Integer(),
  round: Type.Integer({ description: '-1: trained by an earlier search' }),
  architecture: Type.String(),
  reason: Type.String({ description: 'Why it was chosen' }),
  latencyMs: Type.Record(Type.String(), Type.Number(), {
    description: 'By device; codesign: on its accelerator',
  }),
  costs: Type.Optional(Costs),
  worker: maybe(Type.String(), 'Who has it, or had it last'),
  accuracy: maybe(Type.Number(), '%; null: not known'),
  reward: maybe(Type.Number(), 'Of a pair; null: not known, or not a pair'),
  areaMm2: maybe(Type.Number(), 'Of a pair; null: not known, or not a pair'),
  error: maybe(Type.String(), 'Why it could not be trained'),
});

export const SearchAnswer = Type.Object({
  ...summary,
  curve: Type.Array(Type.Object({ trained: Type.Integer(), best: Type.Number() }), {
    description:
      'Best accuracy, or reward of pairs, among what was known and the first n trained, in the order of their numbers',
  }),
  points: Type.Array(Point, { description: 'Every network proposed so far' }),
  front: Type.Array(Type.Integer(), {
    description:
      'Numbers of the points that no other beats in accuracy and all latencies, and of pairs the area',
  }),
});
export type SearchAnswer = Static<typeof SearchAnswer>;

export const SearchesQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: '100 by default; all in a file' }),
  ),
  format: TableFormat,
});
export const SearchesAnswer = Type.Object({
  searches: Type.Array(SearchSummary, { description: 'The latest first' }),
});
export type SearchesAnswer = Static<typeof SearchesAnswer>;

export const SearchParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
