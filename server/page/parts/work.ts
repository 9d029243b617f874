import { cancelJob, isActive, type JobAnswer, jobText, shareDone } from '../api/jobs.js';
import { cancelSearch, type SearchSummary, searchTitle } from '../api/searches.js';
import { addressOf } from '../router.js';

/** Background work as one line of a list: a job, or a search with all its jobs. */
export interface Work {
  readonly id: string;
  readonly kind: JobAnswer['kind'];
  /** What the work concerns, and the address of its view. */
  readonly of?: { readonly name: string; readonly href: string };
  readonly state: JobAnswer['state'];
  /** Progress in words. */
  readonly told: string;
  /** The share that is done; undefined if unknown. */
  readonly share: number | undefined;
  readonly attempt: number;
  readonly begunAt: string;
  /** null while it waits or runs. */
  readonly finishedAt: string | null;
  readonly cancel: () => Promise<unknown>;
}

/**
 * Jobs as lines, the latest first. All jobs of a search share one line.
 *
 * @param searches the searches of the jobs, as far as known
 */
export function workOf(jobs: readonly JobAnswer[], searches: readonly SearchSummary[]): Work[] {
  const byId = new Map(searches.map((search) => [search.id, search]));
  const told = new Set<SearchSummary>();
  return jobs.flatMap((job): Work[] => {
    const search = byId.get(String(job.request.search));
    if (!search) return [workOfJob(job)];
    if (told.has(search)) return [];
    told.add(search);
    return [workOfSearch(search)];
  });
}

function workOfJob(job: JobAnswer): Work {
  const { id, kind, state, attempt, createdAt, startedAt, finishedAt } = job;
  return {
    id,
    kind,
    of: ofJob(job),
    state,
    told: jobText(job),
    share: shareDone(job),
    attempt,
    begunAt: startedAt ?? createdAt,
    finishedAt,
    cancel: () => cancelJob(id),
  };
}

function ofJob({ id, kind, device, request }: JobAnswer): Work['of'] {
  if (device !== null) return { name: device, href: addressOf(['devices', device]) };
  const name = String(request.name ?? id);
  if (kind === 'compress') return { name, href: addressOf(['compressions', id]) };
  return kind === 'emulate' ? { name, href: addressOf(['emulators', name]) } : undefined;
}

function workOfSearch(search: SearchSummary): Work {
  const { id, state, trained, failed, pending, error, request, createdAt, finishedAt } = search;
  const counts = [
    `${trained} of ${request.budget} trained`,
    failed > 0 && `${failed} failed`,
    isActive(search) && pending > 0 && `${pending} proposed`,
    error,
  ];
  return {
    id,
    kind: 'search',
    of: { name: searchTitle(search), href: addressOf(['searches', id]) },
    state,
    told: counts.filter(Boolean).join(', '),
    share: (trained + failed) / request.budget,
    attempt: 1,
    begunAt: createdAt,
    finishedAt,
    cancel: () => cancelSearch(id),
  };
}
