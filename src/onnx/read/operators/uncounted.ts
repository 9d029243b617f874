import type { TensorGraph, TensorNode } from '../tensor-graph.js';
import { hasRow, rowOf } from './registry.js';

/** ONNX's own operators whose multiplications are not counted. */
const MULTIPLYING = new Set(['DFT', 'Det', 'STFT']);

/**
 * By domain, operators without a row that involve no matrix products: they look up, rearrange, or work
 * element by element.
 */
const PLAIN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'ai.onnx.ml',
    new Set([
      'ArrayFeatureExtractor',
      'Binarizer',
      'CastMap',
      'CategoryMapper',
      'DictVectorizer',
      'FeatureVectorizer',
      'Imputer',
      'LabelEncoder',
      'Normalizer',
      'OneHotEncoder',
      'Scaler',
      'ZipMap',
    ]),
  ],
  [
    'com.microsoft',
    new Set([
      'BiasAdd',
      'BiasDropout',
      'BiasSoftmax',
      'BiasSplitGelu',
      'BitmaskBiasDropout',
      'BitmaskDropout',
      'ComplexMul',
      'ComplexMulConj',
      'CropAndResize',
      'DequantizeBFP',
      'DequantizeWithOrder',
      'EmbedLayerNormalization',
      'ExpandDims',
      'GatedAdd',
      'GatedRMSNorm',
      'GatherND',
      'Gelu',
      'GemmaRotaryEmbedding',
      'GridSample',
      'GroupNorm',
      'IsAllFinite',
      'MaxpoolWithMask',
      'MRotaryEmbedding',
      'MulInteger',
      'MurmurHash3',
      'NGramHashMapping',
      'NGramRepeatBlock',
      'NhwcMaxPool',
      'Pad',
      'QEmbedLayerNormalization',
      'QOrderedGelu',
      'QOrderedLayerNormalization',
      'QuantizeBFP',
      'QuantizeWithOrder',
      'QuickGelu',
      'Range',
      'ReduceSumInteger',
      'RelativePositionBias',
      'RemovePadding',
      'RestorePadding',
      'SampleOp',
      'SkipGroupNorm',
      'Tokenizer',
      'TorchEmbedding',
      'Trilu',
      'UnfoldTensor',
      'Unique',
      'VarlenNGramHashMapping',
    ]),
  ],
  [
    'com.microsoft.nchwc',
    new Set([
      'AveragePool',
      'GlobalAveragePool',
      'GlobalMaxPool',
      'MaxPool',
      'ReorderInput',
      'ReorderOutput',
      'Upsample',
    ]),
  ],
]);

/**
 * A note that names the operators whose multiply-accumulates are not counted, with their nodes; undefined if
 * there are none.
 */
export function uncountedNote({ nodes }: TensorGraph): string | undefined {
  const counts = new Map<string, number>();
  for (const node of nodes.filter(isUncounted)) {
    counts.set(node.operator, (counts.get(node.operator) ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const named = [...counts].map(([operator, count]) => `${operator} (${count} node${count > 1 ? 's' : ''})`);
  return `multiply-accumulates that are not counted: ${named.join(', ')}`;
}

function isUncounted(node: TensorNode): boolean {
  if (rowOf(node).macs) return false;
  if (node.domain === '') return MULTIPLYING.has(node.operator);
  return !hasRow(node) && !PLAIN.get(node.domain)?.has(node.operator);
}
