import { elements } from '../../base/elements.js';
import { InputError } from '../../base/errors.js';
import { type Cost, totalCost } from '../../network/cost.js';
import { OperatorGraph } from '../../network/graph.js';
import type { Operator, Shape } from '../../network/operator.js';
import type { BlockInstance } from './blocks.js';
import { operatorOf } from './operator-template.js';

/**
 * The blocks on a path from an input to the last block, in order, each with only those inputs that are on
 * such a path. Blocks that read nothing, or that nothing reads, are not part of the network. Empty if no path
 * leads to the last block.
 */
export function livingBlocks(blocks: readonly BlockInstance[]): BlockInstance[] {
  const fed = new Map<string, BlockInstance>();
  for (const block of blocks) {
    const inputs = block.inputs.filter((input) => fed.has(input));
    const begins = block.operators.some(({ kind }) => kind === 'input');
    if (inputs.length > 0 || begins) fed.set(block.name, { ...block, inputs });
  }
  const last = fed.get(blocks[blocks.length - 1].name);
  const needed = new Set(last ? [last] : []);
  for (const block of needed) for (const input of block.inputs) needed.add(fed.get(input)!);
  return [...fed.values()].filter((block) => needed.has(block));
}

/** Whether a path leads from an input to the last block. */
export function isConnected(blocks: readonly BlockInstance[]): boolean {
  return livingBlocks(blocks).length > 0;
}

/**
 * The network of blocks.
 *
 * @throws InputError that names the operator whose shapes do not fit, or says that there is no path to the
 *   last block
 */
export function blockNetwork(blocks: readonly BlockInstance[]): OperatorGraph {
  const graph = new OperatorGraph();
  const outputs = new Map<string, string>();
  let last = '';
  const living = livingBlocks(blocks);
  if (living.length === 0) throw new InputError('no path leads from an input to the last block');
  for (const block of living) {
    last = addBlock(
      graph,
      block,
      block.inputs.map((input) => outputs.get(input)!),
    );
    outputs.set(block.name, last);
  }
  graph.output(last, 'output');
  graph.validate();
  return graph;
}

/** The costs of a block, and the shape of its output. */
export interface BlockCost extends Cost {
  readonly shape: Shape;
}

/** Costs of single blocks, each computed once for the shapes of its inputs. */
export class BlockCosts {
  private readonly known = new Map<string, BlockCost>();

  /** The costs of all living blocks by name. */
  of(blocks: readonly BlockInstance[]): Map<string, BlockCost> {
    const found = new Map<string, BlockCost>();
    for (const block of livingBlocks(blocks)) {
      const shapes = block.inputs.map((input) => found.get(input)!.shape);
      const key = JSON.stringify([block.operators, block.merge, shapes]);
      let cost = this.known.get(key);
      if (!cost) {
        cost = costAlone(block, shapes);
        this.known.set(key, cost);
      }
      found.set(block.name, cost);
    }
    return found;
  }
}

function costAlone(block: BlockInstance, shapes: readonly Shape[]): BlockCost {
  const graph = new OperatorGraph();
  const inputs = shapes.map((shape, i) => graph.input(shape, `in${i}`));
  const last = addBlock(graph, block, inputs);
  const read = shapes.reduce((bytes, shape) => bytes + 4 * elements(shape), 0);
  const cost = totalCost(graph);
  return { ...cost, activationBytes: cost.activationBytes - read, shape: graph.shape(last) };
}

/** Adds a block's operators; returns the name of the last one. */
function addBlock(graph: OperatorGraph, block: BlockInstance, inputs: readonly string[]): string {
  const { name, operators, merge } = block;
  let last = inputs[0];
  if (inputs.length > 1) {
    const operator: Operator = merge === 'add' ? { kind: 'add' } : { kind: 'concat', axis: 0 };
    last = graph.add(operator, [...inputs], `${name}.in`);
  }
  const merged = last;
  const known = new Map<string, string>([
    ['in', merged],
    ...inputs.map((input, i) => [`in${i}`, input] as const),
  ]);
  for (const [i, template] of operators.entries()) {
    const { name: own = `${template.kind}${i}`, inputs: read } = template;
    const named = (read ?? (SOURCES.has(template.kind) ? [] : ['']))?.map((text) =>
      text === '' ? last : known.get(text),
    );
    const unknown = named.indexOf(undefined as never);
    if (unknown >= 0) {
      throw new InputError(
        `operator ${own} of block ${name} reads ${read?.[unknown] ?? 'nothing'}, which is not before it`,
      );
    }
    last = graph.add(operatorOf(template), named as string[], `${name}.${own}`);
    known.set(own, last);
  }
  if (last === undefined) throw new InputError(`block ${name} has neither inputs nor operators`);
  // A block that passes its input on still has its own tensor.
  return operators.length === 0 ? graph.add({ kind: 'identity' }, [last], `${name}.identity`) : last;
}

const SOURCES = new Set(['input', 'parameter']);
