import { VECTOR } from '../kernel.js';
import type { LiveNode, RewrittenGraph } from '../rewritten-graph.js';
import { NCHWC } from '../runtime-node.js';
import { followsConvolutions } from './epilogues.js';
import { intOf, intsOf, type Rule, sameShape } from './rewrite.js';

/** Channels are copied into and out of blocks in steps of this many. */
const ALIGNMENT = 4;

const filled = (channels: number): number => Math.ceil(channels / VECTOR) * VECTOR;

/**
 * Level `all`: convolutions of images run on channels in blocks of 16 (NCHWc), as do the operators between
 * them; the layout is changed where other operators read or write. Convolutions that do not fill their
 * blocks, one-dimensional ones, and those with groups of other sizes stay as they are.
 */
export const blockedLayout: Rule = (graph) => {
  const blocks = new Blocks(graph);
  for (const { name } of graph.runtimeNodes()) blocks.visit(name);
  blocks.finish();
};

const POOLS = new Set(['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool']);
const ACTIVATIONS = new Set([
  'Relu',
  'Sigmoid',
  'Tanh',
  'QuickGelu',
  'Gelu',
  'HardSigmoid',
  'LeakyRelu',
  'Clip',
  'HardSwish',
  'Elu',
]);
const ON_BLOCKS = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Tanh', 'QuickGelu']);

class Blocks {
  /** For each ordinary tensor, the name of its copy in blocks. */
  private readonly blocked = new Map<string, string>();
  /** Ordinary tensors that exist: written by a node, or inputs of the network. Others exist only in blocks. */
  private readonly written = new Set<string>();
  private readonly byName: ReadonlyMap<string, LiveNode>;

  constructor(private readonly graph: RewrittenGraph) {
    this.byName = new Map(graph.nodes().map((node) => [node.name, node]));
  }

  visit(name: string): void {
    const node = this.byName.get(name);
    if (!node || !this.graph.has(node) || node.domain === NCHWC) return;
    if (node.operator === 'Conv' || node.operator === 'FusedConv') this.convolution(node);
    else if (POOLS.has(node.operator)) this.pooling(node);
    else if (node.operator === 'Add' || node.operator === 'Mul') this.arithmetic(node);
    else if (node.operator === 'Concat') this.concatenation(node);
    else if (ACTIVATIONS.has(node.operator)) this.activation(node);
    else if (node.operator === 'BatchNormalization') this.normalisation(node);
    else if (node.operator === 'Transpose') this.toChannelsLast(node);
    else if (node.operator === 'Resize' || node.operator === 'Upsample') this.resize(node);
  }

  private convolution(node: LiveNode): void {
    const { graph } = this;
    const [x, w, bias = '', sum] = node.inputs;
    if (!graph.constant(w) || graph.tensor(w).type !== 'float32') return;
    if (sum !== undefined || (bias !== '' && !graph.constant(bias))) return;
    const shape = graph.shape(w);
    if (shape.length !== 4) return;
    const [out, perGroup, ...window] = shape;
    const groups = intOf(node, 'group', 1);
    const outBlocks = filled(out);
    let [weights, newGroups, direct] = [[outBlocks, perGroup, ...window], groups, false];
    if (groups > 1) {
      if (out % ALIGNMENT !== 0) return;
      if (perGroup === 1 && out === groups) newGroups = outBlocks;
      else if (perGroup % VECTOR !== 0 || out % groups !== 0 || (out / groups) % VECTOR !== 0) return;
    } else if (perGroup < VECTOR) {
      direct = true;
    } else {
      if (perGroup % ALIGNMENT !== 0) return;
      weights = [outBlocks, filled(perGroup), ...window];
    }
    const { type } = graph.tensor(w);
    const inputs = [direct ? x : this.inBlocks(x), graph.make({ type, shape: weights, constant: true })];
    if (bias !== '') inputs.push(graph.make({ type, shape: [outBlocks], constant: true }));
    this.write(node, {
      operator: 'Conv',
      attributes: new Map(node.attributes).set('group', newGroups),
      inputs,
    });
  }

  private pooling(node: LiveNode): void {
    const shape = this.graph.shape(node.inputs[0]);
    if (shape.length !== 4 || shape[1] % VECTOR !== 0) return;
    // Global pooling is not worth a copy.
    if (node.operator.startsWith('Global') && !this.blocked.has(node.inputs[0])) return;
    if (node.outputs.slice(1).some((name) => name !== '')) return;
    this.write(node, { ...node, inputs: [this.inBlocks(node.inputs[0])] });
  }

  /** An addition becomes part of the convolution before it, if nothing else reads that and it has no other epilogue. */
  private arithmetic(node: LiveNode): void {
    const { graph } = this;
    const inputs = node.inputs.map((name) => this.blocked.get(name));
    if (inputs.length !== 2 || inputs.some((name) => name === undefined)) return;
    const [a, b] = inputs as [string, string];
    const same = sameShape(graph.shape(node.inputs[0]), graph.shape(node.inputs[1]));
    if (!same) return;
    if (node.operator === 'Add') {
      for (const name of [a, b]) {
        const conv = graph.writer(name);
        const plain = node.inputs[inputs.indexOf(name)];
        const free =
          conv?.operator === 'Conv' && !conv.attributes.has('activation') && conv.inputs[3] === undefined;
        if (!free || graph.uses(name) + graph.uses(plain) !== 1) continue;
        const [x, w, bias = ''] = conv.inputs;
        graph.rewire(conv, [x, w, bias, name === a ? b : a]);
        this.alias(node, name);
        return;
      }
    }
    this.write(node, { ...node, inputs: [a, b] });
  }

  private concatenation(node: LiveNode): void {
    if (intOf(node, 'axis', 0) !== 1) return;
    const inputs = node.inputs.map((name) => this.blocked.get(name));
    if (inputs.some((name) => name === undefined)) return;
    if (node.inputs.some((name) => this.graph.shape(name)[1] % VECTOR !== 0)) return;
    this.write(node, { ...node, inputs: inputs as string[] });
  }

  private activation(node: LiveNode): void {
    const { graph } = this;
    const [x] = node.inputs;
    const input = this.blocked.get(x);
    if (input === undefined) return;
    const conv = graph.writer(input);
    const alone = graph.uses(input) + graph.uses(x) === 1;
    if (
      conv?.operator === 'Conv' &&
      alone &&
      !conv.attributes.has('activation') &&
      followsConvolutions(graph, node)
    ) {
      const attributes = new Map(conv.attributes).set('activation', node.operator);
      const [output] = conv.outputs;
      graph.replace([conv], { ...conv, attributes });
      this.alias(node, output);
    } else if (ON_BLOCKS.has(node.operator)) {
      this.write(node, { ...node, inputs: [input, ...node.inputs.slice(1)] });
    }
  }

  /** Normalisation by constants becomes a depth-wise convolution with one weight. */
  private normalisation(node: LiveNode): void {
    const { graph } = this;
    const input = this.blocked.get(node.inputs[0]);
    if (input === undefined || !node.inputs.slice(1).every((name) => graph.constant(name))) return;
    const channels = graph.shape(input)[1];
    const weights = graph.make({ type: 'float32', shape: [channels, 1, 1, 1], constant: true });
    const bias = graph.make({ type: 'float32', shape: [channels], constant: true });
    this.write(node, {
      operator: 'Conv',
      attributes: { group: channels, kernel_shape: [1, 1] },
      inputs: [input, weights, bias],
    });
  }

  private toChannelsLast(node: LiveNode): void {
    const input = this.blocked.get(node.inputs[0]);
    if (input === undefined || !sameShape(intsOf(node, 'perm'), [0, 2, 3, 1])) return;
    const { graph } = this;
    graph.replace([node], {
      operator: 'ReorderOutput',
      domain: NCHWC,
      attributes: { channels_last: 1, channels: graph.shape(node.outputs[0])[3] },
      inputs: [input],
    });
  }

  /** Only by whole factors, in height and width. */
  private resize(node: LiveNode): void {
    const { graph } = this;
    const input = this.blocked.get(node.inputs[0]);
    const mode = node.attributes.get('mode') ?? 'nearest';
    if (input === undefined || (mode !== 'nearest' && mode !== 'linear')) return;
    const [from, to] = [graph.shape(node.inputs[0]), graph.shape(node.outputs[0])];
    if (from.length !== 4 || from[0] !== to[0] || from[1] !== to[1]) return;
    if (to[2] % from[2] !== 0 || to[3] % from[3] !== 0) return;
    const transform = node.attributes.get('coordinate_transformation_mode') ?? 'half_pixel';
    const rounding = node.attributes.get('nearest_mode') ?? 'round_prefer_floor';
    const old = node.operator === 'Upsample';
    if (mode === 'nearest' && !old && !(transform === 'asymmetric' && rounding === 'floor')) return;
    if (
      mode === 'linear' &&
      !old &&
      !['asymmetric', 'align_corners', 'half_pixel'].includes(String(transform))
    )
      return;
    this.write(node, { operator: 'Upsample', attributes: { mode }, inputs: [input] });
  }

  /** The name of a tensor in blocks; an ordinary tensor is copied. */
  private inBlocks(name: string): string {
    const known = this.blocked.get(name);
    if (known !== undefined) return known;
    const { graph } = this;
    const [batch, channels, ...map] = graph.shape(name);
    const copy = graph.make({ type: graph.tensor(name).type, shape: [batch, filled(channels), ...map] });
    const transpose = graph.writer(name);
    const fromLast =
      transpose?.operator === 'Transpose' && sameShape(intsOf(transpose, 'perm'), [0, 3, 1, 2]);
    graph.add({
      operator: 'ReorderInput',
      domain: NCHWC,
      attributes: fromLast ? { channels_last: 1 } : {},
      inputs: [fromLast ? transpose.inputs[0] : name],
      outputs: [copy],
    });
    this.blocked.set(name, copy);
    this.written.add(name);
    return copy;
  }

  /** Replaces an ordinary node by one on blocks, so that its result is in blocks. */
  private write(
    node: LiveNode,
    fresh: Omit<Parameters<RewrittenGraph['add']>[0], 'outputs' | 'domain'>,
  ): void {
    const { graph } = this;
    const [output] = node.outputs;
    const [batch, channels, ...map] = graph.shape(output);
    const result = graph.make({ type: graph.tensor(output).type, shape: [batch, filled(channels), ...map] });
    graph.replace([node], { ...fresh, domain: NCHWC, outputs: [result] });
    this.blocked.set(output, result);
  }

  /** The result of an ordinary node is a tensor in blocks that already exists. */
  private alias(node: LiveNode, blocked: string): void {
    this.graph.remove(node);
    this.blocked.set(node.outputs[0], blocked);
  }

  /** Adds copies for ordinary nodes that read tensors existing only in blocks. */
  finish(): void {
    const { graph } = this;
    for (const [name, blocked] of this.blocked) {
      if (this.written.has(name) || graph.uses(name) === 0) continue;
      graph.add({
        operator: 'ReorderOutput',
        domain: NCHWC,
        attributes: { channels: graph.shape(name)[1] },
        inputs: [blocked],
        outputs: [name],
      });
    }
    for (const transpose of graph.nodes('Transpose')) {
      if (graph.uses(transpose.outputs[0]) === 0) graph.remove(transpose);
    }
  }
}
