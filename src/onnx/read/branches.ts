import type { GraphProto, NodeProto } from '../proto.js';
import { constantTensor } from './constants.js';
import type { FileNode } from './file-node.js';
import { renamedNodes } from './inline.js';
import type { Tensor } from './tensor-graph.js';

/** The content of an `If`'s branch, to replace it once its condition is known. */
export interface Branch {
  /** Names of their tensors are prefixed with the node's name. */
  readonly nodes: readonly NodeProto[];
  readonly constants: readonly Tensor[];
}

/** The branch that an `If` takes; undefined if it has none. */
export function branchOf(node: FileNode, condition: boolean): Branch | undefined {
  const branch = node.attributes.get(condition ? 'then_branch' : 'else_branch')?.g;
  return branch && inPlaceOf(node, branch);
}

function inPlaceOf({ name: prefix, outputs }: FileNode, branch: GraphProto): Branch {
  const names = new Map<string, string>();
  const constants = branch.initializer.map((tensor) => {
    const name = `${prefix}/${tensor.name ?? ''}`;
    names.set(tensor.name ?? '', name);
    return constantTensor(name, tensor);
  });
  const written = new Set(branch.node.flatMap(({ output }) => output));
  const copies: NodeProto[] = [];
  for (const [i, { name }] of branch.output.entries()) {
    const output = outputs[i] ?? '';
    if (output === '') continue;
    // A branch may pass on a tensor from outside, or the same one twice.
    if (written.has(name) && !names.has(name)) names.set(name, output);
    else
      copies.push({ opType: 'Identity', input: [names.get(name) ?? name], output: [output], attribute: [] });
  }
  return { nodes: [...renamedNodes(branch.node, names, prefix), ...copies], constants };
}
