import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { CodesignDevice } from '../../../src/devices/codesign/codesign.js';
import {
  CONFIGURATIONS,
  configurationAt,
  configurationIndex,
} from '../../../src/devices/codesign/configuration.js';
import { NetworkDoesNotFitError } from '../../../src/devices/device.js';
import { Enumeration } from '../../../src/search/codesign/enumeration.js';
import { frontOfPairs } from '../../../src/search/codesign/front.js';
import { frontier } from '../../../src/search/codesign/frontier.js';
import { paretoFront } from '../../../src/search/hypervolume.js';
import { fbnet } from '../../../src/spaces/fbnet/space.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { SearchSpace } from '../../../src/spaces/space.js';

const space = nasbench201;
const random = new Random(11);
const architectures = Array.from({ length: 40 }, () => space.sample(random));
/** Whole numbers, so that some are equal. */
const accuracy = Float64Array.from(architectures, () => 60 + random.integer(8));
const configurations = [...new Set(Array.from({ length: 20 }, () => random.integer(CONFIGURATIONS)))];
const query = { space, architectures, accuracy, configurations, threads: 2 };
const latencyOn = (index: number, architecture: Uint8Array, of: SearchSpace = space) => {
  try {
    return new CodesignDevice(configurationAt(index)).latency(of.toNetwork(architecture)).latencyMs;
  } catch (error) {
    if (error instanceof NetworkDoesNotFitError) return Number.POSITIVE_INFINITY;
    throw error;
  }
};

describe('front of pairs', () => {
  it('is that of the definition, equal pairs being one', () => {
    for (let round = 0; round < 50; round++) {
      const column = () => Float64Array.from({ length: 60 }, () => random.integer(2 + (round % 9)));
      const pairs = { accuracy: column(), latencyMs: column(), areaMm2: column() };
      const points = Array.from(pairs.accuracy, (a, i) => [a, -pairs.latencyMs[i], -pairs.areaMm2[i]]);
      assert.deepEqual(
        frontOfPairs(pairs).sort((a, b) => a - b),
        paretoFront(points),
      );
    }
  });

  it('has no pair whose network does not fit', () => {
    const pairs = { accuracy: [90, 80], latencyMs: [Number.POSITIVE_INFINITY, 1], areaMm2: [1, 1] };
    assert.deepEqual(frontOfPairs(pairs), [1]);
  });
});

describe('enumeration', () => {
  for (const [of, least] of [
    [nasbench201, 0],
    [fbnet, 1],
  ] as const) {
    it(`gives the device's own latency for every accelerator of a class: ${of.name}`, () => {
      const networks = Array.from({ length: 8 }, () => of.sample(random)).filter((a) => of.isConnected(a));
      const pruned = networks.map((network) => of.prune(network));
      const enumeration = new Enumeration(of);
      // The second call finds operations that the first has not seen.
      enumeration.latencies(pruned.slice(0, 1));
      const { classes, latencyMs } = enumeration.latencies(pruned);
      assert.ok(classes.length > least && classes.length < CONFIGURATIONS);
      for (let i = 0; i < 60; i++) {
        const [n, index] = [random.integer(pruned.length), random.integer(CONFIGURATIONS)];
        const exact = latencyOn(index, pruned[n], of);
        const area = new CodesignDevice(configurationAt(index)).areaMm2;
        assert.ok(
          classes.some((each, c) => each.areaMm2 <= area && latencyMs[n * classes.length + c] === exact),
          `network ${n} on accelerator ${index}`,
        );
      }
      classes.forEach(({ configuration, areaMm2 }, c) => {
        assert.equal(areaMm2, new CodesignDevice(configurationAt(configuration)).areaMm2);
        if (c % 25 === 0) assert.equal(latencyMs[c], latencyOn(configuration, pruned[0], of));
      });
    });
  }
});

describe('frontier', () => {
  it('is that of brute force over all pairs', async () => {
    const { points, pairs } = await frontier(query);
    const kept = [...architectures.keys()].filter((i) => space.isConnected(architectures[i]));
    assert.equal(pairs, kept.length * configurations.length);
    const every = kept.flatMap((i) => {
      const network = space.toNetwork(space.prune(architectures[i]));
      return configurations.map((index) => {
        const device = new CodesignDevice(configurationAt(index));
        return { values: [accuracy[i], -device.latency(network).latencyMs, -device.areaMm2] };
      });
    });
    const expected = paretoFront(every.map(({ values }) => values)).map((i) => every[i].values.join());
    const found = points.map((p) => [p.accuracyPercent, -p.latencyMs, -p.areaMm2].join());
    assert.deepEqual(found.toSorted(), expected.toSorted());
    for (const { architecture, configuration, latencyMs } of points) {
      const exact = latencyOn(configurationIndex(configuration), space.prune(space.parse(architecture)));
      assert.equal(latencyMs, exact);
    }
  });

  it('does not depend on the number of threads', async () => {
    const many = {
      ...query,
      architectures: Array.from({ length: 360 }, (_, i) => space.at(41 * i)),
      configurations: configurations.slice(0, 3),
    };
    const scores = Float64Array.from(many.architectures, (_, i) => (i * 7919) % 83);
    const [one, two] = await Promise.all(
      [1, 2].map((threads) => frontier({ ...many, accuracy: scores, threads })),
    );
    assert.deepEqual(one, two);
  });

  it('takes the most accurate of networks that are one without their dead operations', async () => {
    const cells = ['nor_conv_1x1', 'none'].map((dead) =>
      space.parse(`|${dead}~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|`),
    );
    const { points, distinctNetworks } = await frontier({
      ...query,
      architectures: cells,
      accuracy: [60, 61],
    });
    assert.equal(distinctNetworks, 1);
    assert.deepEqual([...new Set(points.map((point) => point.architecture))], [space.format(cells[1])]);
  });

  it('stops when it is told to, with the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    await assert.rejects(
      frontier({ ...query, signal: abort.signal, onProgress: () => abort.abort(reason) }),
      reason,
    );
  });

  it('refuses networks that all compute nothing', async () => {
    const none = space.parse('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|');
    await assert.rejects(frontier({ ...query, architectures: [none], accuracy: [1] }), /no network/);
  });
});
