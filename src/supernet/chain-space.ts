import { type DeclaredSpace, declaredSpace } from '../spaces/declared/declared-space.js';
import type { OperatorTemplate, SpaceFile } from '../spaces/declared/space-file.js';
import type { Skeleton } from '../spaces/nasbench201/network.js';

/** An inverted residual that a layer may be. */
interface BlockChoice {
  readonly name: string;
  /** Side of the depthwise convolution. */
  readonly kernel: number;
  /** Middle channels, as a multiple of the input's. */
  readonly expansion: number;
}

/** The blocks of FBNet without groups (Wu et al., arXiv:1812.03443, table 2). */
const BLOCKS: readonly BlockChoice[] = [3, 5].flatMap((kernel) =>
  [1, 3, 6].map((expansion) => ({ name: `k${kernel}_e${expansion}`, kernel, expansion })),
);
const SKIP = 'skip';
/** Options of the layer that has the most. */
export const MOST_OPTIONS = BLOCKS.length + 1;

/** Eight layers in three stages; the stride is that of a stage's first layer. */
const STAGES = [
  { layers: 2, stride: 2 },
  { layers: 3, stride: 2 },
  { layers: 3, stride: 1 },
];

/** A place in the chain, whatever block is there. */
export interface ChainLayerPlace {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  /** The blocks that it may be, in the order of its slot's options; the last may be undefined, which is a skip. */
  readonly options: readonly (BlockChoice | undefined)[];
}

/** The eight layers from input to output. */
export function chainLayers(stageChannels: readonly number[]): ChainLayerPlace[] {
  let inChannels = stageChannels[0];
  const places = STAGES.flatMap(({ layers, stride }, stage) =>
    Array.from({ length: layers }, (_, i) => ({ stage, stride: i === 0 ? stride : 1 })),
  );
  return places.map(({ stage, stride }, i) => {
    const outChannels = stageChannels[stage];
    const maySkip = stride === 1 && inChannels === outChannels;
    const options = maySkip ? [...BLOCKS, undefined] : BLOCKS;
    const layer = { name: `layer${i + 1}`, inChannels, outChannels, stride, options };
    inChannels = outChannels;
    return layer;
  });
}

/**
 * Chains of eight inverted residuals for some images: each has a depthwise kernel of 3 or 5 and one, three or six times as
 * many middle channels, or is skipped where its shape stays. A file, so that all commands take it as `--space`.
 *
 * @param skeleton the image, the channels of three stages, and the classes
 */
export function chainSpace({
  image,
  stageChannels,
  classes,
}: Pick<Skeleton, 'image' | 'stageChannels' | 'classes'>): DeclaredSpace {
  const layers = chainLayers(stageChannels);
  return declaredSpace({
    format: 'tempograph-space/1',
    name: 'chain',
    description: 'A chain of eight inverted residuals: kernel 3 or 5, expansion 1, 3 or 6, or skipped',
    slots: layers.map(({ name, options }) => ({
      name,
      options: options.map((block) => block?.name ?? SKIP),
    })),
    blocks: [
      { name: 'image', operators: [{ kind: 'input', shape: [...image] }] },
      { name: 'stem', operators: convolution('conv', { outChannels: stageChannels[0], kernel: 3 }, true) },
      ...layers.map(({ name, options, ...shape }) => ({
        name,
        operators: {
          by: name,
          of: Object.fromEntries(
            options.map((block) => [block?.name ?? SKIP, block ? invertedResidual(block, shape) : []]),
          ),
        },
      })),
      {
        name: 'classifier',
        operators: [
          { kind: 'globalAvgPool' },
          { kind: 'flatten' },
          { kind: 'linear', name: 'linear', outFeatures: classes },
        ],
      },
    ],
  } satisfies SpaceFile);
}

/** Expansion, depthwise convolution, projection (Sandler et al., arXiv:1801.04381, section 3.3), with FBNet's ReLU. */
function invertedResidual(
  { kernel, expansion }: BlockChoice,
  { inChannels, outChannels, stride }: Pick<ChainLayerPlace, 'inChannels' | 'outChannels' | 'stride'>,
): OperatorTemplate[] {
  const middle = inChannels * expansion;
  const residual = stride === 1 && inChannels === outChannels;
  return [
    ...convolution('expand', { outChannels: middle, kernel: 1 }, true),
    ...convolution('depthwise', { outChannels: middle, kernel, stride, groups: middle }, true),
    ...convolution('project', { outChannels, kernel: 1 }, false),
    ...(residual ? [{ kind: 'add', name: 'sum', inputs: ['projectNorm', 'in'] }] : []),
  ];
}

function convolution(
  name: string,
  attributes: Readonly<Record<string, number>>,
  active: boolean,
): OperatorTemplate[] {
  return [
    { kind: 'conv2d', name, ...attributes },
    { kind: 'batchNorm', name: `${name}Norm` },
    ...(active ? [{ kind: 'relu', name: `${name}Relu` }] : []),
  ];
}
