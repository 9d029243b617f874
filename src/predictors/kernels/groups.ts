/**
 * Kinds of kernels with similar code: a kind with few measurements is assumed to be like the others of its
 * group. Listed by operator, the part of a kind's name before its first dot.
 */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  gemm: [
    'Gemm',
    'MatMul',
    'FusedMatMul',
    'QGemm',
    'QLinearMatMul',
    'MatMulInteger',
    'DynamicQuantizeMatMul',
    'Einsum',
  ],
  attention: ['Attention', 'MultiHeadAttention', 'GroupQueryAttention', 'QAttention'],
  recurrent: ['LSTM', 'GRU', 'RNN', 'DynamicQuantizeLSTM'],
  normalisation: [
    'LayerNormalization',
    'SkipLayerNormalization',
    'SimplifiedLayerNormalization',
    'SkipSimplifiedLayerNormalization',
    'InstanceNormalization',
    'GroupNormalization',
    'LpNormalization',
    'LRN',
    'Softmax',
    'LogSoftmax',
    'BiasSoftmax',
  ],
  pooling: [
    'MaxPool',
    'AveragePool',
    'LpPool',
    'GlobalAveragePool',
    'GlobalMaxPool',
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
    'ReduceMin',
    'ReduceL2',
    'ArgMax',
    'TopK',
  ],
  reorder: ['ReorderInput', 'ReorderOutput'],
  copy: [
    'Transpose',
    'Concat',
    'Split',
    'Slice',
    'Gather',
    'GatherElements',
    'GatherND',
    'Pad',
    'Tile',
    'Expand',
    'Resize',
    'Upsample',
    'DepthToSpace',
    'SpaceToDepth',
  ],
  view: ['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Shape', 'Constant', 'Dropout'],
};

const BY_OPERATOR = new Map(
  Object.entries(GROUPS).flatMap(([group, operators]) =>
    operators.map((operator) => [operator, group] as const),
  ),
);

/** Kinds that are not in the table are element-wise arithmetic. */
export function groupOf(kind: string): string {
  const [operator, ...variant] = kind.split('.');
  if (/Conv(Transpose|Integer)?$/.test(operator)) {
    return variant.includes('plain') || operator !== 'Conv' ? 'plain convolution' : 'convolution';
  }
  return BY_OPERATOR.get(operator) ?? 'elementwise';
}
