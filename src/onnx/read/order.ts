import { InputError, quote } from '../../base/errors.js';
import { type FileNode, readsOf } from './file-node.js';

/**
 * The nodes that an output depends on, each after those that it reads.
 *
 * @param given tensors that no node writes: inputs and constants
 * @throws InputError that names a cycle, a tensor written by two nodes, or one that is read but not written
 */
export function liveInOrder(
  nodes: readonly FileNode[],
  given: ReadonlySet<string>,
  outputs: readonly string[],
): FileNode[] {
  const writers = new Map<string, FileNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (writers.has(output) || given.has(output)) {
        throw new InputError(`tensor ${quote(output)} is written twice`);
      }
      writers.set(output, node);
    }
  }
  for (const output of outputs) {
    if (!writers.has(output) && !given.has(output)) {
      throw new InputError(`output ${quote(output)} is written by no node`);
    }
  }
  const live = new Map<FileNode, readonly FileNode[]>();
  const waiting = outputs.flatMap((output) => writers.get(output) ?? []);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (live.has(node)) continue;
    const { name } = node;
    const before = readsOf(node).flatMap((read) => {
      const writer = writers.get(read);
      if (!writer && !given.has(read)) {
        throw new InputError(`node ${quote(name)} reads ${quote(read)}, which no node writes`);
      }
      return writer ?? [];
    });
    live.set(node, before);
    waiting.push(...before);
  }
  return inOrder(
    nodes.filter((node) => live.has(node)),
    live,
  );
}

/** Depth first, but iterative, because files may contain chains of any length. Nodes already in order stay in place. */
function inOrder(nodes: readonly FileNode[], reads: ReadonlyMap<FileNode, readonly FileNode[]>): FileNode[] {
  const ordered = new Set<FileNode>();
  const open = new Set<FileNode>();
  for (const root of nodes) {
    const path = [root];
    while (path.length > 0) {
      const node = path[path.length - 1];
      const missing = ordered.has(node) ? [] : (reads.get(node) ?? []).filter((read) => !ordered.has(read));
      if (missing.length === 0) {
        ordered.add(node);
        open.delete(node);
        path.pop();
        continue;
      }
      open.add(node);
      for (const read of missing) {
        if (open.has(read)) {
          throw new InputError(
            `the graph has a cycle: node ${quote(node.name)} leads to node ${quote(read.name)}`,
          );
        }
      }
      path.push(missing[0]);
    }
  }
  return [...ordered];
}
