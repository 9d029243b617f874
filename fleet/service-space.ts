import { type TempographClient, TempographError } from '../client/index.js';
import { declaredSpace } from '../src/spaces/declared/declared-space.js';
import { spaceNamed, spaces } from '../src/spaces/registry.js';
import type { SearchSpace } from '../src/spaces/space.js';

/**
 * A space that a service speaks of: one that ships, as the service declares it, or else one that was read from a file
 * here.
 *
 * @throws InputError if it is not known anywhere; TempographError if the service does not answer
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
