import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../../src/base/package-root.js';
import { totalCost } from '../../../src/network/cost.js';
import { publishedFamilies, publishedNetwork, zoo } from '../../../src/network/zoo/index.js';
import { fvcoreCounts } from './fvcore.js';

/** By network: what timm's tables state at each image size. */
const published = new Map<
  string,
  { size: number; parameters: number; gmacs: number; activations: number }[]
>();
const table = gunzipSync(readFileSync(join(packageRoot, 'datasets/timm_networks.csv.gz'))).toString();
for (const line of table.trim().split('\n').slice(1)) {
  const [network, ...cells] = line.split(',');
  const [size, parameters, gmacs, activations] = cells.map(Number);
  published.set(network, [...(published.get(network) ?? []), { size, parameters, gmacs, activations }]);
}

/** Whether a table that has two decimals may have rounded `value`, or what is within 1 % of it, to `stated`. */
const within1Percent = (value: number, stated: number) => Math.abs(value - stated) <= 0.01 * stated + 0.005;

describe('published networks', () => {
  it('are at least 150 in 25 families of timm, each in one family', () => {
    const names = publishedFamilies.flatMap(({ networks }) => Object.keys(networks));
    assert.equal(new Set(names).size, names.length);
    assert.ok(published.size >= 150, String(published.size));
    assert.ok(
      publishedFamilies.filter(({ networks }) => Object.keys(networks).some((n) => published.has(n)))
        .length >= 25,
    );
    const unproven = names.filter((name) => !published.has(name));
    assert.deepEqual(unproven, ['googlenet', 'lstm512', 'binary_cifar10']);
  });

  for (const { name, networks } of publishedFamilies) {
    it(`${name}: parameters, GMACs and activations of timm's tables`, () => {
      for (const network of Object.keys(networks)) {
        const rows = published.get(network) ?? [];
        // Counts at other sizes follow from the same operators; one size proves them.
        const row = rows.find(({ size }) => size === zoo[network].imageSize) ?? rows[0];
        if (row === undefined) continue;
        const graph = publishedNetwork(network, row.size);
        const { operations, activations } = fvcoreCounts(graph);
        const { parameters } = totalCost(graph);
        assert.equal((parameters / 1e6).toFixed(2), row.parameters.toFixed(2), `${network}: parameters`);
        assert.ok(within1Percent(operations / 1e9, row.gmacs), `${network}: ${operations / 1e9} GMACs`);
        assert.ok(within1Percent(activations / 1e6, row.activations), `${network}: ${activations / 1e6} M`);
      }
    });
  }

  it('are refused by name, with names that begin alike', () => {
    assert.throws(() => publishedNetwork('resnet51'), /"resnet51".*resnet50/);
    assert.throws(() => publishedNetwork('toString'), /no published network/);
    assert.throws(() => publishedNetwork('lstm512', 224), /does not take images/);
  });

  it('at twice the image size do four times the work', () => {
    const of = (size: number) => totalCost(publishedNetwork('resnet50', size)).macs;
    assert.ok(Math.abs(of(448) / of(224) - 4) < 0.01);
  });
});
