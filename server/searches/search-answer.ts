import { isOver } from '../../api/job.js';
import type { SearchAnswer, SearchSummary } from '../../api/searches.js';
import { isGain } from '../../src/search/constraints.js';
import { paretoFront } from '../../src/search/hypervolume.js';
import { isKnown, merit } from '../../src/search/trial.js';
import type { SearchRow } from '../store/searches.js';
import type { TrialRow } from '../store/trials.js';
import { splitCosts } from './search-costs.js';

/** A search as shown in a list. */
export function searchSummary({ job: _own, createdAt, finishedAt, best, ...rest }: SearchRow): SearchSummary {
  return {
    ...rest,
    best: best && { ...best, ...splitCosts(rest.request, best.latencyMs) },
    createdAt: createdAt.toISOString(),
    finishedAt: isOver(rest) ? (finishedAt?.toISOString() ?? null) : null,
  };
}

/** A search with all its results. */
export function searchAnswer(search: SearchRow, trials: readonly TrialRow[]): SearchAnswer {
  const points = trials.map(({ outcome, parent: _own, latencyMs: all, ...trial }) => ({
    ...trial,
    ...splitCosts(search.request, all),
    accuracy: outcome && 'accuracy' in outcome ? outcome.accuracy : null,
    reward: outcome && 'accuracy' in outcome ? (outcome.reward ?? null) : null,
    areaMm2: search.request.codesign ? areaOf(outcome) : null,
    error: outcome && 'error' in outcome ? outcome.error : null,
  }));
  const trained = points.filter((point) => point.accuracy !== null);
  let best = Number.NEGATIVE_INFINITY;
  const bests = trained.flatMap(({ accuracy, reward, round }) => {
    best = Math.max(best, merit({ accuracy: accuracy!, reward: reward ?? undefined }));
    return isKnown({ round }) ? [] : [best];
  });
  const worth = trained.map(({ accuracy, latencyMs, costs = {}, areaMm2 }) => [
    accuracy!,
    ...Object.entries({ ...latencyMs, ...costs }).map(([name, cost]) => (isGain(name) ? cost : -cost)),
    ...(areaMm2 === null ? [] : [-areaMm2]),
  ]);
  return {
    ...searchSummary(search),
    curve: bests.map((of, i) => ({ trained: i + 1, best: of })),
    points,
    front: paretoFront(worth).map((i) => trained[i].number),
  };
}

/** The area that the evaluator of pairs reports beside the accuracy. */
function areaOf(outcome: TrialRow['outcome']): number | null {
  return outcome && 'accuracy' in outcome ? (outcome.details?.areaMm2 as number) : null;
}
