import type { LayerShape } from '../lowering/layer.js';
import type { Pass } from './pass.js';

/**
 * Merges matrix products. Products with the same weights get more rows (the steps of a sequence whose inputs
 * are known from the start); those with the same inputs get more columns (the gates of a cell). If operators
 * fused to the products make them wait for each other, nothing is merged.
 */
export function merged(passes: readonly Pass[]): readonly Pass[] {
  const byWeights = mergeBy(
    passes,
    (pass) => pass.weights?.key,
    (shape, other) => ({ ...shape, outHeight: shape.outHeight + other.outHeight }),
    false,
  );
  const joined = mergeBy(
    byWeights,
    (pass) => (pass.weights ? [...pass.operands].sort().join() : undefined),
    (shape, other) => ({ ...shape, outChannels: shape.outChannels + other.outChannels }),
    true,
  );
  return ordered(joined) ?? passes;
}

function mergeBy(
  passes: readonly Pass[],
  keyOf: (pass: Pass) => string | undefined,
  join: (shape: LayerShape, other: LayerShape) => LayerShape,
  joinWeights: boolean,
): Pass[] {
  const result: Pass[] = [];
  const open = new Map<string, number>();
  for (const pass of passes) {
    const key = isProduct(pass) ? keyOf(pass) : undefined;
    // Passes of the same level cannot depend on each other.
    const group = key === undefined ? undefined : `${pass.level} ${key}`;
    const at = group === undefined ? undefined : open.get(group);
    if (at === undefined) {
      if (group !== undefined) open.set(group, result.length);
      result.push(pass);
      continue;
    }
    const first = result[at];
    const writes = [...first.writes, ...pass.writes];
    result[at] = {
      ...first,
      shape: join(first.shape!, pass.shape!),
      weights: joinWeights
        ? {
            key: `${first.weights!.key} ${pass.weights!.key}`,
            words: first.weights!.words + pass.weights!.words,
          }
        : first.weights,
      operands: [...new Set([...first.operands, ...pass.operands])],
      reads: [...new Set([...first.reads, ...pass.reads])].filter((tensor) => !writes.includes(tensor)),
      writes,
      auxiliary: first.auxiliary + pass.auxiliary,
    };
  }
  return result;
}

function isProduct({ shape }: Pass): boolean {
  return shape !== undefined && shape.groups === 1 && shape.outWidth === 1 && shape.spanHeight === 1;
}

/** Passes after all that they read, otherwise in the given order; undefined if two wait for each other. */
function ordered(passes: readonly Pass[]): Pass[] | undefined {
  const waiting = [...passes];
  const missing = new Set(passes.flatMap(({ writes }) => writes));
  const order: Pass[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ reads }) => !reads.some((tensor) => missing.has(tensor)));
    if (next < 0) return undefined;
    const [pass] = waiting.splice(next, 1);
    for (const tensor of pass.writes) missing.delete(tensor);
    order.push(pass);
  }
  return order;
}
