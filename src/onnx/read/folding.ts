import { elements } from '../../base/elements.js';
import { usableValues } from './constants.js';
import { checkNode } from './costs.js';
import { isFloat } from './element-types.js';
import { type FileNode, type OperatorSets, tensorNode } from './file-node.js';
import { foldConstants, isFoldable } from './fold-constants.js';
import { rowOf } from './operators/registry.js';
import type { Tensor } from './tensor-graph.js';

/** Operators that only move the elements of their first input. */
const MOVES = new Set('Flatten Identity Reshape Squeeze Transpose Unsqueeze'.split(' '));

/** Folds nodes into constants: always their shapes, and their values if these are tracked. */
export class Folding {
  private nodes: FileNode[] = [];
  /** The tensors that those nodes will write. */
  private readonly awaited = new Set<string>();

  constructor(
    private readonly tensors: Map<string, Tensor>,
    private readonly sets: OperatorSets,
  ) {}

  /** Folds a node whose inputs are constants, or that asks for the shape of a tensor. */
  async add(node: FileNode): Promise<void> {
    const { operator, inputs } = node;
    checkNode(tensorNode(node), this.tensors);
    const outputs = node.outputs.flatMap((name) => this.tensors.get(name) ?? []);
    const learned = this.learnedOf(node);
    const source = this.sourceOf(node);
    const shape =
      operator === 'Shape' || operator === 'Size' ? this.tensors.get(inputs[0])?.shape : undefined;
    for (const output of outputs) {
      const values = shape && (operator === 'Size' ? [elements(shape)] : partOfShape(node, shape));
      this.tensors.set(output.name, { ...output, constant: true, values, learned, source });
    }
    if (shape) return;
    // The values of a divisor are needed.
    if (inputs.length > 1 && this.awaited.has(inputs[1]) && /^(Div|Mod)$/.test(operator)) await this.finish();
    const valuesOf = (name: string) => {
      const tensor = this.tensors.get(name);
      return tensor && usableValues(tensor);
    };
    const known = inputs.every((name) => name === '' || this.awaited.has(name) || valuesOf(name));
    if (!known || !isFoldable(node, outputs, valuesOf)) return;
    this.nodes.push(node);
    for (const { name } of outputs) this.awaited.add(name);
  }

  async finish(): Promise<void> {
    if (this.nodes.length === 0) return;
    const folded = await foldConstants(this.nodes, this.tensors, this.sets);
    for (const [name, values] of folded) {
      const tensor = this.tensors.get(name);
      if (tensor) this.tensors.set(name, { ...tensor, values });
    }
    this.nodes = [];
    this.awaited.clear();
  }

  /**
   * The learned tensors of the file that a folded tensor is made of, without settings such as scales and
   * bounds. For a weight that the file quantises, these are the integers, which become floats.
   */
  private learnedOf(node: FileNode): ReadonlyMap<string, number> {
    const { settings = [] } = rowOf(node);
    const learned = new Map<string, number>();
    for (const [position, name] of node.inputs.entries()) {
      if (settings.includes(position)) continue;
      for (const [source, count] of this.tensors.get(name)?.learned ?? []) learned.set(source, count);
    }
    const [name] = node.inputs;
    const integers = this.tensors.get(name);
    const becomesFloat =
      node.operator === 'DequantizeLinear' || (node.operator === 'Cast' && this.isQuantised(node));
    if (becomesFloat && integers && learned.size === 0)
      learned.set(integers.source ?? name, elements(integers.shape));
    return learned;
  }

  /** Whether a cast makes floats of integers that only quantised weights have; masks are of bytes without a sign. */
  private isQuantised({ inputs: [from], outputs: [to] }: FileNode): boolean {
    const [before, after] = [from, to].map((name) => this.tensors.get(name)?.type ?? '');
    return /^(int8|u?int4|u?int2)$/.test(before) && isFloat(after);
  }

  private sourceOf({ operator, inputs: [name] }: FileNode): string | undefined {
    return MOVES.has(operator) ? (this.tensors.get(name)?.source ?? name) : undefined;
  }
}

/** The output of `Shape`: the dimensions from `start` to `end`. */
function partOfShape({ attributes }: FileNode, shape: readonly number[]): readonly number[] {
  return shape.slice(attributes.get('start')?.i ?? 0, attributes.get('end')?.i);
}
