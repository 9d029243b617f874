import { type TempographClient, TempographError } from '../client/index.js';
import { declaredSpace } from '../src/spaces/declared/declared-space.js';
import { spaceNamed, spaces } from '../src/spaces/registry.js';
import type { SearchSpace } from '../src/spaces/space.js';

/**
 * A space named by a service: a built-in one, one the service declares, or one read from a file here.
 *
 * @throws InputError if it is unknown; TempographError if the service does not answer
 */
export async function serviceSpace(
  name: string,
  client: TempographClient,
  signal?: AbortSignal,
): Promise<SearchSpace> {
  const shipped = spaces.find((space) => space.name === name);
  if (shipped) return shipped;
  const told = await client.space(name, { signal }).catch((error) => {
    if (error instanceof TempographError && error.status === 404) return undefined;
    throw error;
  });
  return told?.file ? declaredSpace(told.file) : spaceNamed(name);
}
