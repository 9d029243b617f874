import type { SearchRequest } from '../../api/search-request.js';
import { ApiError, badField } from '../http/errors.js';
import type { Sql } from '../store/database.js';
import { findSearch } from '../store/searches.js';

/**
 * Checks that a search can start from the results of the earlier searches it names.
 *
 * @throws ApiError 404 for an unknown search; 400 for one of another space, of pairs, of other accuracies, or without a
 *   result
 */
export async function checkWarmStart(
  sql: Sql,
  { warmStart = [], space, evaluator }: SearchRequest,
): Promise<void> {
  for (const [i, id] of warmStart.entries()) {
    const field = `warmStart.${i}`;
    const earlier = await findSearch(sql, id);
    if (!earlier) {
      const message = `there is no search ${id}`;
      throw new ApiError(404, 'unknown_search', message, [{ field, message }]);
    }
    const { request, trained } = earlier;
    if (request.space !== space) {
      throw badField(field, `the networks of search ${id} are of ${request.space}, not of ${space}`);
    }
    if (request.codesign) {
      throw badField(field, `search ${id} is of pairs: its rewards are not accuracies`);
    }
    const [theirs, ours] = [columnOf(request.evaluator), columnOf(evaluator)];
    if (theirs !== undefined && ours !== undefined && theirs !== ours) {
      throw badField(field, `the accuracies of search ${id} are of column ${theirs}, not ${ours}`);
    }
    if (trained === 0) throw badField(field, `search ${id} has trained nothing yet`);
  }
}

/** Column of the table; undefined if workers train. */
function columnOf({ table }: SearchRequest['evaluator']): string | undefined {
  return table === null ? undefined : (/^[A-Za-z0-9_][A-Za-z0-9_.-]*:(.+)$/.exec(table)?.[1] ?? table);
}
