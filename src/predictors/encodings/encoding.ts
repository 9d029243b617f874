import type { Inputs } from '../../nn/engines/engine.js';
import type { InputSpec } from '../../nn/network.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** How architectures become the inputs of a `model.onnx`. */
export interface Encoding {
  /** The inputs, without their batch dimension. */
  inputs(space: SearchSpace): InputSpec[];
  encode(space: SearchSpace, architectures: readonly Architecture[]): Inputs;
}

/** Node features and adjacency of the space's predictor graph. */
export const graphEncoding: Encoding = {
  inputs: ({ graph: { nodes, features } }) => [
    { name: 'features', shape: [nodes, features.length] },
    { name: 'adjacency', shape: [nodes, nodes] },
  ],
  encode(space, architectures) {
    const { nodes, features } = space.graph;
    const x = new Float32Array(architectures.length * nodes * features.length);
    const adjacency = new Float32Array(architectures.length * nodes * nodes);
    for (let row = 0; row < architectures.length; row++) {
      space.encode(architectures[row], x, adjacency, row);
    }
    return { features: x, adjacency };
  },
};

/** One row of numbers per architecture. */
function vectorEncoding(
  width: (space: SearchSpace) => number,
  write: (space: SearchSpace, architecture: Architecture, row: Float32Array) => void,
): Encoding {
  return {
    inputs: (space) => [{ name: 'x', shape: [width(space)] }],
    encode(space, architectures) {
      const size = width(space);
      const x = new Float32Array(architectures.length * size);
      architectures.forEach((architecture, i) => {
        write(space, architecture, x.subarray(i * size, (i + 1) * size));
      });
      return { x };
    },
  };
}

/** Multiply-accumulates, in hundreds of millions. */
export const macsEncoding = vectorEncoding(
  () => 1,
  (space, architecture, row) => {
    row[0] = space.macs(architecture) / 1e8;
  },
);

/** How often each operation or block occurs. */
export const unitsEncoding = vectorEncoding(
  (space) => space.unitNames.length,
  (space, architecture, row) => {
    for (const unit of space.units(architecture)) row[unitIndex(space).get(unit)!]++;
  },
);

/** The choice of each slot, one-hot. */
export const slotsEncoding = vectorEncoding(
  (space) => slotOffsets(space).total,
  (space, architecture, row) => {
    for (const column of chosenColumns(space, architecture)) row[column] = 1;
  },
);

/** The columns of `slotsEncoding` that are 1, `[slot]`. */
export function chosenColumns(space: SearchSpace, architecture: Architecture): Uint32Array {
  const { offsets } = slotOffsets(space);
  return Uint32Array.from(architecture, (option, slot) => offsets[slot] + option);
}

/** The choices of each slot and of each pair of slots, one-hot. */
export const pairsEncoding = vectorEncoding(
  (space) => {
    const { total } = slotOffsets(space);
    const squares = space.slots.reduce((sum, slot) => sum + slot.options.length ** 2, 0);
    return total + (total * total - squares) / 2;
  },
  (space, architecture, row) => {
    const { offsets, total } = slotOffsets(space);
    let base = total;
    for (let a = 0; a < architecture.length; a++) {
      row[offsets[a] + architecture[a]] = 1;
      const optionsA = space.slots[a].options.length;
      for (let b = a + 1; b < architecture.length; b++) {
        const optionsB = space.slots[b].options.length;
        row[base + architecture[a] * optionsB + architecture[b]] = 1;
        base += optionsA * optionsB;
      }
    }
  },
);

const unitIndices = new WeakMap<SearchSpace, Map<string, number>>();
function unitIndex(space: SearchSpace): Map<string, number> {
  let index = unitIndices.get(space);
  if (!index) {
    index = new Map(space.unitNames.map((name, i) => [name, i]));
    unitIndices.set(space, index);
  }
  return index;
}

/** The first one-hot column of each slot. */
function slotOffsets(space: SearchSpace): { offsets: number[]; total: number } {
  const offsets: number[] = [];
  let total = 0;
  for (const slot of space.slots) {
    offsets.push(total);
    total += slot.options.length;
  }
  return { offsets, total };
}
