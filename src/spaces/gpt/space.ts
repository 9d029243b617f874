import { declaredSpace } from '../declared/declared-space.js';
import type { OperatorTemplate, SpaceFile } from '../declared/space-file.js';

/** Number of tokens in a sequence, as measured by HW-GPT-Bench. */
const TOKENS = 1024;
/** Vocabulary of the table's tokeniser; embedding and head do not share weights. */
const VOCABULARY = 50_254;
/**
 * Features per attention head, whatever the width: the number of heads makes attention wider or narrower than
 * the stream.
 */
const HEAD = 64;
/** Number of layers of the deepest network. */
const LAYERS = 24;

const linear = (outFeatures: string, bias = '=bias == 1'): OperatorTemplate => ({
  kind: 'linear',
  outFeatures,
  bias,
});

/** Rotary position: x·cos + rotated(x)·sin, where rotated swaps the halves of each head and negates one. */
const rotary = (name: string, input: string): OperatorTemplate[] => [
  { kind: 'slice', name: `${name}_first`, axis: 2, start: 0, end: HEAD / 2, inputs: [input] },
  { kind: 'slice', name: `${name}_second`, axis: 2, start: HEAD / 2, end: HEAD, inputs: [input] },
  { kind: 'negate', name: `${name}_negated`, inputs: [`${name}_second`] },
  { kind: 'concat', name: `${name}_turned`, axis: 2, inputs: [`${name}_negated`, `${name}_first`] },
  { kind: 'parameter', name: `${name}_cos`, shape: [TOKENS, HEAD], learned: 0, inputs: [] },
  { kind: 'parameter', name: `${name}_sin`, shape: [TOKENS, HEAD], learned: 0, inputs: [] },
  { kind: 'mul', name: `${name}_cosine`, inputs: [input, `${name}_cos`] },
  { kind: 'mul', name: `${name}_sine`, inputs: [`${name}_turned`, `${name}_sin`] },
  { kind: 'add', name: `${name}_placed`, inputs: [`${name}_cosine`, `${name}_sine`] },
];

const heads = (name: string): OperatorTemplate[] => [
  { ...linear(`=${HEAD} * n_head[i]`), name, inputs: ['norm1'] },
  { kind: 'reshape', name: `${name}_split`, shape: [TOKENS, '=n_head[i]', HEAD] },
  { kind: 'transpose', name: `${name}_heads`, permutation: [1, 0, 2] },
];

const attention: OperatorTemplate[] = [
  { kind: 'layerNorm', name: 'norm1', dimensions: 1, inputs: ['in'] },
  ...heads('query'),
  ...heads('key'),
  ...heads('value'),
  ...rotary('query', 'query_heads'),
  ...rotary('key', 'key_heads'),
  { kind: 'transpose', name: 'key_across', permutation: [0, 2, 1], inputs: ['key_placed'] },
  { kind: 'matmul', name: 'scores', inputs: ['query_placed', 'key_across'] },
  { kind: 'parameter', name: 'scale', shape: [1], learned: 0, inputs: [] },
  { kind: 'mul', name: 'scaled', inputs: ['scores', 'scale'] },
  { kind: 'parameter', name: 'mask', shape: [TOKENS, TOKENS], learned: 0, inputs: [] },
  { kind: 'add', name: 'masked', inputs: ['scaled', 'mask'] },
  { kind: 'softmax', name: 'weights', axis: 2 },
  { kind: 'matmul', name: 'mixed', inputs: ['weights', 'value_heads'] },
  { kind: 'transpose', name: 'together', permutation: [1, 0, 2] },
  { kind: 'reshape', name: 'joined', shape: [TOKENS, `=${HEAD} * n_head[i]`] },
  { ...linear('=embed_dim'), name: 'projected' },
  { kind: 'add', name: 'attended', inputs: ['in', 'projected'] },
];

const gatedMlp: OperatorTemplate[] = [
  { kind: 'layerNorm', name: 'norm2', dimensions: 1, inputs: ['attended'] },
  { ...linear('=embed_dim * mlp_ratio[i]'), name: 'gate', inputs: ['norm2'] },
  { kind: 'swish', name: 'gated', inputs: ['gate'] },
  { ...linear('=embed_dim * mlp_ratio[i]'), name: 'up', inputs: ['norm2'] },
  { kind: 'mul', name: 'selected', inputs: ['gated', 'up'] },
  { ...linear('=embed_dim'), name: 'down' },
  { kind: 'add', name: 'out', inputs: ['attended', 'down'] },
];

const embedding: OperatorTemplate[] = [
  { kind: 'input', name: 'tokens', shape: [TOKENS] },
  { kind: 'embedding', vocabulary: VOCABULARY, features: '=embed_dim' },
];

const head: OperatorTemplate[] = [
  { kind: 'layerNorm', dimensions: 1 },
  { kind: 'linear', outFeatures: VOCABULARY, bias: false },
];

const file: SpaceFile = {
  format: 'tempograph-space/1',
  name: 'gpt',
  description:
    'GPT-2-like decoders as in HW-GPT-Bench: width, layers, heads and MLP ratio of each layer, and biases, at 1,024 tokens',
  slots: [
    { name: 'embed_dim', options: ['192', '256', '384', '512'] },
    { name: 'n_layer', options: ['10', '11', '12', '22', '23', '24'] },
    { name: 'bias', options: ['0', '1'] },
    { name: 'n_head', options: ['4', '8', '12', '16'], count: LAYERS, active: 'i < n_layer' },
    { name: 'mlp_ratio', options: ['2', '3', '4'], count: LAYERS, active: 'i < n_layer' },
  ],
  blocks: [
    {
      name: 'embedding',
      operators: embedding,
    },
    { name: 'layer{i}', for: { i: 'n_head' }, operators: [...attention, ...gatedMlp] },
    {
      name: 'head',
      operators: head,
    },
  ],
};

/**
 * `gpt`: declared in the same way as in a file. It reproduces the counts in the table of HW-GPT-Bench:
 * three-matrix gated MLPs of width × ratio, heads of 64 features each with their own keys and values, two
 * norms with scale and shift, separate embedding and head, and rotary positions without parameters.
 */
export const gpt = declaredSpace(file);
