import { elements } from '../constants.js';
import type { OperatorRow, OperatorRows } from './operator-row.js';

/**
 * A layer of `[steps, batch, features]` that applies its weights `[directions, gates · hidden, …]` and biases once per
 * step and sequence.
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
    misfit: (node) => {
      const features = node.shape(0)[2];
      const [, rows, columns] = node.shape(1);
      const hidden = node.int('hidden_size', node.shape(2)[2]);
      if (columns !== features) return `its weight takes ${columns} features, and its input has ${features}`;
      if (rows !== gates * hidden)
        return `its weight has ${rows} rows, not ${gates} times the hidden size ${hidden}`;
      return undefined;
    },
  };
}

export const RECURRENT: OperatorRows = { LSTM: recurrent(4), GRU: recurrent(3), RNN: recurrent(1) };
