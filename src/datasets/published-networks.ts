import { totalCost } from '../network/cost.js';
import { publishedFamilies, publishedNetwork, zoo } from '../network/zoo/index.js';
import { timmNetworks } from './timm-tables.js';

/** A published network, as listed. */
export interface PublishedNetworkEntry {
  readonly name: string;
  readonly family: string;
  readonly source: string;
  /** Height and width for which its costs are counted; undefined if it does not take images of free size. */
  readonly imageSize?: number;
  readonly parametersM: number;
  readonly gmacs: number;
}

/**
 * Lists every network of the zoo. Counts of timm's networks come from timm's tables; tests prove them equal
 * to the zoo's.
 */
export async function listNetworks(): Promise<PublishedNetworkEntry[]> {
  const rows = await timmNetworks();
  return publishedFamilies.flatMap(({ name: family, source, networks }) =>
    Object.keys(networks).map((name) => {
      const { imageSize } = zoo[name];
      const own = rows.filter(({ network }) => network === name);
      const row = own.find((one) => one.imageSize === imageSize) ?? own[0];
      if (row !== undefined) {
        return {
          name,
          family,
          source,
          imageSize: row.imageSize,
          parametersM: row.parametersM,
          gmacs: row.gmacs,
        };
      }
      const { parameters, macs } = totalCost(publishedNetwork(name));
      return { name, family, source, imageSize, parametersM: parameters / 1e6, gmacs: macs / 1e9 };
    }),
  );
}
