import { type Static, Type } from '#typebox';
import { TableFormat } from './downloads.js';
import { JobStateName } from './jobs.js';
import { maybe } from './maybe.js';
import { SearchRequest } from './search-request.js';

/** Predicted metrics of a network other than latency. */
export const Costs = Type.Record(Type.String(), Type.Number(), {
  description:
    'If there are limits on other metrics, by names like `energy of board in mJ` or `throughput of board in 1/s (more is better)`',
});

const Best = Type.Object({
  number: Type.Integer(),
  architecture: Type.String(),
  accuracy: Type.Number(),
  reward: maybe(Type.Number(), 'Reward of a pair'),
  latencyMs: Type.Record(Type.String(), Type.Number()),
  costs: Type.Optional(Costs),
});

const summary = {
  id: Type.String({ format: 'uuid' }),
  state: JobStateName,
  error: maybe(Type.String(), 'Why it, or its last attempt, failed'),
  request: SearchRequest,
  candidates: maybe(Type.Integer(), 'Networks within the limits; isomorphic ones count once'),
  optimum: maybe(Type.Number(), 'The best accuracy among them, if all are known'),
  trained: Type.Integer(),
  known: Type.Integer({ description: 'Networks trained by earlier searches, not counted in `trained`' }),
  failed: Type.Integer(),
  pending: Type.Integer({ description: 'Proposed, without a result yet' }),
  best: maybe(Best, 'The most accurate so far; for pairs, the one with the highest reward'),
  createdAt: Type.String({ format: 'date-time' }),
  finishedAt: maybe(Type.String({ format: 'date-time' }), 'When it ended'),
};

export const SearchSummary = Type.Object(summary);
export type SearchSummary = Static<typeof SearchSummary>;

const Point = Type.Object({
  number: Type.Integer(),
  round: Type.Integer({ description: '-1: trained by an earlier search' }),
  architecture: Type.String(),
  reason: Type.String({ description: 'Why it was chosen' }),
  latencyMs: Type.Record(Type.String(), Type.Number(), {
    description: 'By device; `codesign` is its accelerator',
  }),
  costs: Type.Optional(Costs),
  worker: maybe(Type.String(), 'Worker that has it, or had it last'),
  accuracy: maybe(Type.Number(), '%; null if unknown'),
  reward: maybe(Type.Number(), 'For a pair; null if unknown'),
  areaMm2: maybe(Type.Number(), 'For a pair; null if unknown'),
  error: maybe(Type.String(), 'Why it could not be trained'),
});

export const SearchAnswer = Type.Object({
  ...summary,
  curve: Type.Array(Type.Object({ trained: Type.Integer(), best: Type.Number() }), {
    description:
      'Best accuracy (for pairs, reward) among the networks known before and the first n trained, in the order of their numbers',
  }),
  points: Type.Array(Point, { description: 'Every network proposed so far' }),
  front: Type.Array(Type.Integer(), {
    description:
      'Numbers of the points that no other beats in accuracy and all latencies (for pairs, also in area)',
  }),
});
export type SearchAnswer = Static<typeof SearchAnswer>;

export const SearchesQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: '100 by default; a file lists all' }),
  ),
  format: TableFormat,
});
export const SearchesAnswer = Type.Object({
  searches: Type.Array(SearchSummary, { description: 'Latest first' }),
});
export type SearchesAnswer = Static<typeof SearchesAnswer>;

export const SearchParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
