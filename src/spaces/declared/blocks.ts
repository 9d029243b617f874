import { InputError, quote } from '../../base/errors.js';
import type { Architecture } from '../space.js';
import { compiled, type DeclaredSlots } from './declared-slots.js';
import type { ExpressionValue, Scope } from './expression.js';
import type { Block, Loop, OperatorTemplate, Reference, SpaceFile } from './space-file.js';

/** A block of one architecture: its operators, with all expressions evaluated. */
export interface BlockInstance {
  readonly name: string;
  /** Which of the file's blocks it is, and which variant. */
  readonly kind: string;
  /** Names of the blocks that it reads; all of them exist. */
  readonly inputs: readonly string[];
  readonly merge: 'add' | 'concat';
  readonly operators: readonly OperatorTemplate[];
  /** Position in its loop; undefined without a loop. */
  readonly place?: number;
}

/** Most blocks of an architecture; predictors see them as nodes. */
export const MOST_BLOCKS = 1000;

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/**
 * The blocks of an architecture in the order of the file.
 *
 * @throws InputError that names the block at fault
 */
export function blocksOf(file: SpaceFile, slots: DeclaredSlots, architecture: Architecture): BlockInstance[] {
  const scope = slots.scope(architecture);
  const active = slots.active(architecture);
  const found: BlockInstance[] = [];
  const names = new Set<string>();
  const placesOf = (loop: Loop, inner: Scope, field: string): [string, number[]] => {
    const [[variable, range]] = Object.entries(loop);
    if (typeof range === 'string') {
      const row = slots.rows.find(({ name }) => name === range);
      if (!row) throw new InputError(`there is no row of slots ${quote(range)}`, { field });
      const places = Array.from({ length: row.count }, (_, i) => i);
      return [variable, places.filter((i) => active[row.first + i])];
    }
    const [from, to] = range.map((end) => (typeof end === 'number' ? end : compiled(end, field)(inner)));
    if (!isWhole(from) || !isWhole(to) || to - from > MOST_BLOCKS) {
      throw new InputError(
        `it goes from ${quote(from)} up to ${quote(to)}; a loop goes from one whole number up to another, at most ${MOST_BLOCKS} times`,
        { field },
      );
    }
    return [variable, Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)];
  };
  for (const [b, block] of (file.blocks ?? []).entries()) {
    const field = `/blocks/${b}`;
    const [variable, places] = block.for ? placesOf(block.for, scope, `${field}/for`) : ['', [undefined]];
    for (const place of places) {
      const inner: Scope = place === undefined ? scope : { ...scope, [variable]: place };
      if (block.when !== undefined && !compiled(block.when, `${field}/when`)(inner)) continue;
      const name = filled(block.name, inner, `${field}/name`);
      if (names.has(name)) throw new InputError(`two blocks are named ${quote(name)}`, { field });
      const inputs = inputsOf(block, inner, field, found, placesOf);
      const absent = inputs.find((input) => !names.has(input));
      if (absent !== undefined) {
        throw new InputError(`block ${quote(name)} reads ${quote(absent)}, which is not a block before it`, {
          field,
        });
      }
      names.add(name);
      found.push({ name, inputs, merge: block.merge ?? 'add', place, ...variantOf(block, inner, field) });
    }
  }
  return found;
}

function inputsOf(
  block: Block,
  scope: Scope,
  field: string,
  before: readonly BlockInstance[],
  placesOf: (loop: Loop, scope: Scope, field: string) => [string, number[]],
): string[] {
  if (block.inputs === undefined) return before.length > 0 ? [before[before.length - 1].name] : [];
  return block.inputs.flatMap((reference: Reference, r) => {
    const at = `${field}/inputs/${r}`;
    if (typeof reference === 'string') return [filled(reference, scope, at)];
    const [variable, places] = reference.for ? placesOf(reference.for, scope, at) : ['', [undefined]];
    return places.flatMap((place) => {
      const inner: Scope = place === undefined ? scope : { ...scope, [variable]: place };
      const wanted = reference.when === undefined || compiled(reference.when, at)(inner);
      return wanted ? [filled(reference.block, inner, at)] : [];
    });
  });
}

/** The operators of a block (of the chosen variant, if it has several), with their attributes evaluated. */
function variantOf(block: Block, scope: Scope, field: string): Pick<BlockInstance, 'kind' | 'operators'> {
  const base = block.name.replace(/\{[^}]*\}/g, '').replace(/[^A-Za-z0-9]+$/, '');
  if (Array.isArray(block.operators)) {
    return {
      kind: base,
      operators: block.operators.map((o, i) => workedOut(o, scope, `${field}/operators/${i}`)),
    };
  }
  const { by, of } = block.operators;
  const chosen = String(compiled(by, `${field}/operators/by`)(scope));
  const operators = Object.hasOwn(of, chosen) ? of[chosen] : undefined;
  if (!operators) {
    throw new InputError(
      `there are no operators for ${quote(chosen)}; there are some for ${Object.keys(of).join(', ')}`,
      {
        field: `${field}/operators/of`,
      },
    );
  }
  const at = `${field}/operators/of/${chosen}`;
  return { kind: `${base}_${chosen}`, operators: operators.map((o, i) => workedOut(o, scope, `${at}/${i}`)) };
}

/** All kinds that blocks may have. */
export function blockKinds(file: SpaceFile): string[] {
  const kinds = (file.blocks ?? []).flatMap((block) => {
    const base = block.name.replace(/\{[^}]*\}/g, '').replace(/[^A-Za-z0-9]+$/, '');
    return Array.isArray(block.operators)
      ? [base]
      : Object.keys(block.operators.of).map((chosen) => `${base}_${chosen}`);
  });
  return [...new Set(kinds)];
}

function workedOut<T>(value: T, scope: Scope, field: string): T {
  if (typeof value === 'string' && value.startsWith('=')) {
    return compiled(value.slice(1), field)(scope) as ExpressionValue as T;
  }
  if (Array.isArray(value)) return value.map((part, i) => workedOut(part, scope, `${field}/${i}`)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, workedOut(part, scope, `${field}/${key}`)]),
  ) as T;
}

/** A name with the expressions in its braces evaluated. */
function filled(template: string, scope: Scope, field: string): string {
  return template.replace(/\{([^}]*)\}/g, (_, text: string) => String(compiled(text, field)(scope)));
}
