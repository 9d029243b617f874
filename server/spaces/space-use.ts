import { setImmediate as nextTurn } from 'node:timers/promises';
import { InputError } from '../../src/base/errors.js';
import { metricKey } from '../../src/metrics/metric.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { ApiError, MAX_DETAILS } from '../http/errors.js';
import { type ModelFolder, servedName } from '../models/model-folder.js';
import type { Sql } from '../store/database.js';
import { devicesIn, measuredIn, openJobsIn, runningSearchesIn } from '../store/spaces.js';

/** Architectures checked before other requests get a turn. */
const ROWS_PER_TURN = 500;

/**
 * Checks that a space may replace another one with the same name.
 *
 * @throws ApiError 409 if a measured architecture would not belong to it, or a search in it is running
 */
export async function mustFit(sql: Sql, space: SearchSpace): Promise<void> {
  const [search] = await runningSearchesIn(sql, space.name);
  if (search !== undefined) {
    const message = `search ${search} in ${space.name} is running; end it first, or give the space another name`;
    throw new ApiError(409, 'space_in_use', message);
  }
  for (const [i, { architecture, device }] of (await measuredIn(sql, space.name)).entries()) {
    if (i % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    if (isOf(space, architecture)) continue;
    const message = `${architecture}, which was measured on ${device}, would not belong to it; give the space another name`;
    throw new ApiError(409, 'space_in_use', message);
  }
}

/**
 * Checks that a space is not in use.
 *
 * @throws ApiError 409 naming devices with measurements, models that serve, searches and jobs
 */
export async function mustBeUnused(sql: Sql, models: ModelFolder, space: string): Promise<void> {
  const served = models
    .all()
    .filter((model) => model.space.name === space)
    .map(({ card, metric }) => servedName(card.device, metricKey(metric)));
  const users = [
    { what: 'devices with measurements or networks to measure', ids: await devicesIn(sql, space) },
    { what: 'models that serve', ids: served },
    { what: 'running searches', ids: await runningSearchesIn(sql, space) },
    { what: 'jobs that are not over', ids: await openJobsIn(sql, space) },
  ].filter(({ ids }) => ids.length > 0);
  if (users.length === 0) return;
  const details = users.flatMap(({ what, ids }) => ids.map((id) => ({ field: id, message: `of ${what}` })));
  const said = users.map(({ what, ids }) => `${what}: ${someOf(ids)}`).join('; ');
  throw new ApiError(409, 'space_in_use', `${space} is in use by ${said}`, details.slice(0, MAX_DETAILS));
}

function someOf(ids: readonly string[]): string {
  const more = ids.length > 5 ? ` and ${ids.length - 5} more` : '';
  return ids.slice(0, 5).join(', ') + more;
}

function isOf(space: SearchSpace, text: string): boolean {
  try {
    return space.format(space.parse(text)) === text;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
