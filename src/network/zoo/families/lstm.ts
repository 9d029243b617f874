import { OperatorGraph } from '../../graph.js';

const GATES = ['input', 'forget', 'output', 'candidate'] as const;

export interface LstmConfiguration {
  /** Features of the input per step. */
  readonly inputs: number;
  /** Number of units. */
  readonly hidden: number;
  readonly steps: number;
}

/**
 * A layer of long short-term memory over a sequence (Hochreiter & Schmidhuber, 1997, with forget gates), as
 * frameworks write it: two products per step for each of the four gates. All steps read the same weights,
 * which are `parameter` operators.
 */
export function lstm({ inputs, hidden, steps }: LstmConfiguration): OperatorGraph {
  const graph = new OperatorGraph();
  const weights = new Map(
    GATES.map((gate) => [
      gate,
      {
        x: graph.add({ kind: 'parameter', shape: [inputs, hidden] }, [], `${gate}.x.weights`),
        h: graph.add({ kind: 'parameter', shape: [hidden, hidden] }, [], `${gate}.h.weights`),
      },
    ]),
  );
  let h = graph.input([1, hidden], 'h0');
  let c = graph.input([1, hidden], 'c0');
  for (let step = 1; step <= steps; step++) {
    const name = `step${step}`;
    const x = graph.input([1, inputs], `x${step}`);
    const gate = Object.fromEntries(
      GATES.map((gate) => {
        const own = weights.get(gate)!;
        const products = [
          graph.add({ kind: 'matmul' }, [x, own.x], `${name}.${gate}.x`),
          graph.add({ kind: 'matmul' }, [h, own.h], `${name}.${gate}.h`),
        ];
        const sum = graph.add({ kind: 'add' }, products, `${name}.${gate}.sum`);
        return [
          gate,
          graph.add({ kind: gate === 'candidate' ? 'tanh' : 'sigmoid' }, [sum], `${name}.${gate}`),
        ];
      }),
    );
    const kept = graph.add({ kind: 'mul' }, [gate.forget, c], `${name}.kept`);
    const written = graph.add({ kind: 'mul' }, [gate.input, gate.candidate], `${name}.written`);
    c = graph.add({ kind: 'add' }, [kept, written], `${name}.c`);
    const squashed = graph.add({ kind: 'tanh' }, [c], `${name}.c.tanh`);
    h = graph.add({ kind: 'mul' }, [gate.output, squashed], `${name}.h`);
    if (step === steps) graph.output(c, 'cell');
  }
  graph.output(h, 'hidden');
  graph.validate();
  return graph;
}
