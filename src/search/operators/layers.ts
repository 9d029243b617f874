import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** An operator that a layer may have: an option for each of the layer's slots. */
export interface LayerOperator {
  /** The names of the options joined: `e6_k3_se0`; for a single slot, the option itself. */
  readonly name: string;
  /** `[slot of the layer]`: indices of options. */
  readonly options: readonly number[];
}

/** Slots whose options together determine the operator of a layer. */
export interface OperatorLayer {
  readonly name: string;
  /** Indices into the space's slots. */
  readonly slots: readonly number[];
  readonly operators: readonly LayerOperator[];
}

/** The layers of a space from input to output, each with all of its operators. */
export function operatorLayersOf(space: SearchSpace): OperatorLayer[] {
  const groups = space.operatorSlots ?? space.slots.map((_, slot) => [slot]);
  return groups.map((slots) => {
    const names = slots.map((slot) => space.slots[slot].name);
    const layer = names.length === 1 ? names[0] : names[0].slice(0, names[0].lastIndexOf('_'));
    let operators: LayerOperator[] = [{ name: '', options: [] }];
    for (const [i, slot] of slots.entries()) {
      const prefix = names.length === 1 ? '' : `${i > 0 ? '_' : ''}${names[i].slice(layer.length + 1)}`;
      operators = operators.flatMap(({ name, options }) =>
        space.slots[slot].options.map((text, option) => ({
          name: `${name}${prefix}${text}`,
          options: [...options, option],
        })),
      );
    }
    return { name: layer, slots, operators };
  });
}

/** The architecture with another operator in a layer. */
export function withOperator(
  architecture: Architecture,
  { slots }: OperatorLayer,
  { options }: LayerOperator,
): Architecture {
  const changed = architecture.slice();
  slots.forEach((slot, i) => {
    changed[slot] = options[i];
  });
  return changed;
}

/** The index of an architecture's operator among those of a layer. */
export function operatorIndex(architecture: Architecture, { slots, operators }: OperatorLayer): number {
  return operators.findIndex(({ options }) => slots.every((slot, i) => architecture[slot] === options[i]));
}
