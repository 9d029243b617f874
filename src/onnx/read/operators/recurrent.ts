import { elements } from '../../../base/elements.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/**
 * A layer over `[steps, batch, features]` that applies its weights `[directions, gates · hidden, …]` and
 * biases once per step and sequence.
 */
function recurrent(gates: number): OperatorRow {
  return {
    macs: (node) => {
      const [first, second] = node.shape(0);
      return (
        first * second * [1, 2, 3].reduce((sum, i) => sum + (node.has(i) ? elements(node.shape(i)) : 0), 0)
      );
    },
    weights: [1, 2, 3, 7],
    // Lengths and initial states; exporters write zeros.
    settings: [4, 5, 6],
    misfit: (node) => {
      const features = node.shape(0)[2];
      const [, rows, columns] = node.shape(1);
      const hidden = node.int('hidden_size', node.shape(2)[2]);
      const directions = node.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
      if (columns !== features) return `its weight takes ${columns} features, and its input has ${features}`;
      if (rows !== gates * hidden)
        return `its weight has ${rows} rows, not ${gates} times the hidden size ${hidden}`;
      const sequences = node.shape(0)[node.int('layout', 0) === 1 ? 0 : 1];
      const states =
        node.int('layout', 0) === 1 ? [sequences, directions, hidden] : [directions, sequences, hidden];
      const wanted = [
        ['weight', 1, [directions, rows, features]],
        ['recurrent weight', 2, [directions, rows, hidden]],
        ['bias', 3, [directions, 2 * rows]],
        ['lengths', 4, [sequences]],
        ['first state', 5, states],
        ['first cell state', 6, states],
        ['peephole weight', 7, [directions, 3 * hidden]],
      ] as const;
      for (const [what, input, shape] of wanted) {
        if (node.has(input) && node.shape(input).join() !== shape.join())
          return `its ${what} is [${node.shape(input).join(', ')}], not [${shape.join(', ')}]`;
      }
      return undefined;
    },
  };
}

/** Operators of onnxruntime's own domain: an LSTM with transposed integer weights and their scales. */
export const RUNTIME_RECURRENT: OperatorRows = {
  DynamicQuantizeLSTM: { ...recurrent(4), settings: [4, 5, 6, 8, 9, 10, 11], misfit: undefined },
};

export const RECURRENT: OperatorRows = { LSTM: recurrent(4), GRU: recurrent(3), RNN: recurrent(1) };
