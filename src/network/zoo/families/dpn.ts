import type { OperatorGraph } from '../../graph.js';
import { type ActivationKind, NetworkBuilder } from '../network-builder.js';
import { family } from '../published.js';

interface DpnConfiguration {
  readonly blocks: readonly number[];
  /** Channels that each block of a stage adds to the dense path. */
  readonly growth: readonly number[];
  readonly width: number;
  readonly groups: number;
  readonly stem: number;
  /** A 3×3 stem, and a residual path as wide as the 1×1 convolutions. */
  readonly small?: boolean;
  /** Whether the two paths have separate last convolutions (the “b” variants). */
  readonly split?: boolean;
  readonly activation?: ActivationKind;
}

function dpn(configuration: DpnConfiguration, imageSize: number): OperatorGraph {
  const { blocks, growth, width, stem, small = false, activation = 'relu' } = configuration;
  const builder = new NetworkBuilder(activation);
  const image = builder.convNormAct(builder.image(imageSize), stem, small ? 3 : 7, { stride: 2 });
  let paths: readonly string[] = [builder.pool('maxPool', image, 3, 2, 1)];
  for (const [stage, count] of blocks.entries()) {
    const residual = 64 * 2 ** stage * (small ? 1 : 4);
    const inner = width * 2 ** stage;
    for (let block = 0; block < count; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      paths = builder.scope(`stage${stage + 1}.block${block + 1}`, () =>
        dualPath(builder, paths, configuration, inner, residual, growth[stage], stride, block === 0),
      );
    }
  }
  return builder.classify(builder.act(builder.norm(builder.concat(paths)), 'elu'));
}

/** Reads and writes the residual path and the dense one (Chen et al., arXiv:1707.01629). */
function dualPath(
  builder: NetworkBuilder,
  paths: readonly string[],
  { groups, split = false }: DpnConfiguration,
  width: number,
  residual: number,
  growth: number,
  stride: number,
  projects: boolean,
): readonly string[] {
  const preactivated = (x: string, channels: number, kernel: number, options = {}) =>
    builder.conv(builder.act(builder.norm(x)), channels, kernel, options);
  const x = builder.concat(paths);
  const [kept, dense] = projects
    ? builder.split(preactivated(x, residual + 2 * growth, 1, { stride }), [residual, 2 * growth])
    : paths;
  const inner = preactivated(preactivated(x, width, 1), width, 3, { stride, groups });
  let added: readonly string[];
  if (split) {
    const activated = builder.act(builder.norm(inner));
    added = [builder.conv(activated, residual, 1), builder.conv(activated, growth, 1)];
  } else added = builder.split(preactivated(inner, residual + growth, 1), [residual, growth]);
  return [builder.plus(kept, added[0]), builder.concat([dense, added[1]])];
}

const SMALL = { growth: [16, 32, 32, 64], width: 128, groups: 32, stem: 10, small: true };

export const dpns = family<DpnConfiguration>('DPN', 'Chen et al., arXiv:1707.01629', dpn, {
  dpn48b: { blocks: [3, 4, 6, 3], ...SMALL, split: true, activation: 'swish' },
  dpn68: { blocks: [3, 4, 12, 3], ...SMALL },
  dpn68b: { blocks: [3, 4, 12, 3], ...SMALL, split: true },
  dpn92: { blocks: [3, 4, 20, 3], growth: [16, 32, 24, 128], width: 96, groups: 32, stem: 64 },
  dpn98: { blocks: [3, 6, 20, 3], growth: [16, 32, 32, 128], width: 160, groups: 40, stem: 96 },
  dpn131: { blocks: [4, 8, 28, 3], growth: [16, 32, 32, 128], width: 160, groups: 40, stem: 128 },
  dpn107: { blocks: [4, 8, 20, 3], growth: [20, 64, 64, 128], width: 200, groups: 50, stem: 128 },
});
