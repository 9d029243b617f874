import type { SearchRequest } from '../../api/search-request.js';
import { ApiError, badField } from '../http/errors.js';
import type { Sql } from '../store/database.js';
import { findSearch } from '../store/searches.js';

/**
 * That a search may begin with what the earlier ones know that it names.
 *
 * @throws ApiError 404 for a search that is not there; 400 for one of another space, of pairs, of other accuracies, or without a result
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
      throw badField(field, `search ${id} is of pairs: it has rewards, which are no accuracies`);
    }
    const [theirs, ours] = [columnOf(request.evaluator), columnOf(evaluator)];
    if (theirs !== undefined && ours !== undefined && theirs !== ours) {
      throw badField(field, `the accuracies of search ${id} are of column ${theirs}, not ${ours}`);
    }
    if (trained === 0) throw badField(field, `search ${id} has trained nothing yet`);
  }
}

/** Of `cifar100` or `tables:cifar100`; undefined where workers train. */
function columnOf({ table }: SearchRequest['evaluator']): string | undefined {
  return table === null ? undefined : (/^[A-Za-z0-9_][A-Za-z0-9_.-]*:(.+)$/.exec(table)?.[1] ?? table);
}
