import { InputError, quote } from '../../base/errors.js';
import type { Architecture, Slot } from '../space.js';
import {
  type Expression,
  type ExpressionValue,
  expression,
  namesIn,
  optionValue,
  type Scope,
} from './expression.js';
import type { SlotDeclaration, SpaceFile } from './space-file.js';

/** A declared slot, or a row of slots, with its position among all slots. */
export interface SlotRow {
  readonly name: string;
  readonly options: readonly string[];
  readonly first: number;
  readonly count: number;
  /** Whether it was declared with a count. */
  readonly isRow: boolean;
  readonly active?: Expression;
}

/**
 * Most slots, counting each slot of a row: predictors see as many choices, and as many nodes in spaces
 * without blocks.
 */
const MOST_SLOTS = 1000;
/** Names with another meaning in expressions. */
const RESERVED = ['i', 'true', 'false'];

/** Number of combinations of slots without a count for which the active slots are remembered. */
const MOST_REMEMBERED = 10_000;

/** Marks an inactive slot in a string. */
const INACTIVE = '_';

/** The slots of a declared space: their options, which are active, and the text form of architectures. */
export class DeclaredSlots {
  readonly rows: readonly SlotRow[];
  readonly slots: readonly Slot[];
  /** Names that expressions of blocks may use: rows and definitions. */
  readonly names: readonly string[];
  private readonly defined: readonly (readonly [string, Expression])[];
  private readonly forbidden: readonly { readonly when: Expression; readonly why: string }[];
  /** The active slots by the options of slots without a count, which alone determine them. */
  private readonly remembered = new Map<string, readonly boolean[]>();

  /** @throws InputError for too many slots, a name that is taken, or an expression that cannot be read */
  constructor(private readonly file: SpaceFile) {
    let first = 0;
    const names = new Set<string>(RESERVED);
    const take = (name: string, field: string) => {
      const why = RESERVED.includes(name) ? 'means something else in expressions' : 'is taken';
      if (names.has(name)) throw new InputError(`${quote(name)} ${why}; choose another name`, { field });
      names.add(name);
    };
    const scalars = file.slots.flatMap(({ name, count }) => (count === undefined ? [name] : []));
    this.rows = file.slots.map((slot: SlotDeclaration, k) => {
      const field = `/slots/${k}`;
      take(slot.name, field);
      if (first + (slot.count ?? 1) > MOST_SLOTS) {
        throw new InputError(`there are more than ${MOST_SLOTS} slots up to here, rows counted in full`, {
          field,
        });
      }
      for (let i = 0; i < (slot.count ?? 0); i++) take(`${slot.name}${i}`, field);
      if (new Set(slot.options).size < slot.options.length) {
        throw new InputError('an option is listed twice', { field: `${field}/options` });
      }
      const { name, options, count = 1, active } = slot;
      const row = { name, options, count, first, isRow: slot.count !== undefined };
      first += count;
      if (active === undefined) return row;
      return { ...row, active: compiled(active, `${field}/active`, [...scalars, 'i']) };
    });
    this.slots = this.rows.flatMap(({ name, options, count, isRow }) =>
      Array.from({ length: count }, (_, i) => ({ name: isRow ? `${name}${i}` : name, options })),
    );
    const known = this.rows.map(({ name }) => name);
    this.defined = Object.entries(file.define ?? {}).map(([name, text]) => {
      const field = `/define/${name}`;
      take(name, field);
      const of = compiled(text, field, known);
      known.push(name);
      return [name, of];
    });
    this.names = known;
    this.forbidden = (file.forbidden ?? []).map(({ when, why }, i) => ({
      when: compiled(when, `/forbidden/${i}`, known),
      why,
    }));
  }

  /** The values of slots without a count, which determine what is active. */
  private scalars(architecture: Architecture): Record<string, ExpressionValue> {
    // Without a prototype, because a slot may have any name.
    const scope: Record<string, ExpressionValue> = Object.create(null);
    for (const { name, options, first, isRow } of this.rows)
      if (!isRow) scope[name] = optionValue(options[architecture[first]]);
    return scope;
  }

  /** All values by name; for a row, a list. */
  scope(architecture: Architecture): Scope {
    const scope = this.scalars(architecture);
    for (const { name, options, first, count, isRow } of this.rows) {
      if (isRow)
        scope[name] = Array.from({ length: count }, (_, i) => optionValue(options[architecture[first + i]]));
    }
    for (const [name, of] of this.defined) scope[name] = of(scope);
    return scope;
  }

  /** Which slots are active, in the order of `slots`. */
  active(architecture: Architecture): readonly boolean[] {
    const key = this.rows.map(({ first, isRow }) => (isRow ? '' : architecture[first])).join();
    let active = this.remembered.get(key);
    if (!active) {
      active = this.activeIn(this.scalars(architecture));
      if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
      this.remembered.set(key, active);
    }
    return active;
  }

  private activeIn(scope: Scope): boolean[] {
    return this.rows.flatMap(({ count, active }) =>
      Array.from({ length: count }, (_, i) => active === undefined || Boolean(active({ ...scope, i }))),
    );
  }

  /** The same architecture, with the first option in every inactive slot. */
  canonical(architecture: Architecture): Architecture {
    let known = architecture;
    // A slot that is switched off may itself switch others, so repeat until nothing changes.
    for (let round = 0; round <= this.rows.length; round++) {
      const active = this.active(known);
      const next = known.map((option, k) => (active[k] ? option : 0));
      if (next.every((option, k) => option === known[k])) return next;
      known = next;
    }
    return known;
  }

  /** Why this is not an architecture of the space; undefined if it is. */
  problem(architecture: Architecture): string | undefined {
    if (this.forbidden.length === 0) return undefined;
    const scope = this.scope(architecture);
    return this.forbidden.find(({ when }) => when(scope))?.why;
  }

  /** `192/10/1/4-4-8/2-3-4`: the declared slots in order, with rows joined by '-' and inactive ends omitted. */
  format(architecture: Architecture): string {
    const active = this.active(architecture);
    return this.rows
      .map(({ options, first, count }) => {
        const texts = Array.from({ length: count }, (_, i) =>
          active[first + i] ? options[architecture[first + i]] : INACTIVE,
        );
        while (texts.length > 1 && texts[texts.length - 1] === INACTIVE) texts.pop();
        return texts.join('-');
      })
      .join('/');
  }

  /** @throws InputError that names the wrong part, and what would be right */
  parse(text: string): Architecture {
    const parts = text.split('/');
    const named = this.rows.map(({ name }) => name).join('/');
    if (parts.length !== this.rows.length) {
      throw this.malformed(text, `it has ${parts.length} parts joined by '/', and must have ${named}`);
    }
    const architecture = new Uint8Array(this.slots.length);
    const given: boolean[] = new Array(this.slots.length).fill(false);
    for (const [r, { name, options, first, count, isRow }] of this.rows.entries()) {
      const values = parts[r].split('-');
      if (values.length > count) {
        throw this.malformed(text, `${name} has ${values.length} values joined by '-', and at most ${count}`);
      }
      for (const [i, value] of values.entries()) {
        if (value === INACTIVE) continue;
        const option = options.indexOf(value);
        const place = isRow ? `${name}${i}` : name;
        if (option < 0)
          throw this.malformed(text, `${place} is ${quote(value)}, and must be one of ${options.join(', ')}`);
        architecture[first + i] = option;
        given[first + i] = true;
      }
    }
    const active = this.active(architecture);
    const missing = active.findIndex((counts, k) => counts && !given[k]);
    if (missing >= 0) throw this.malformed(text, `${this.slots[missing].name} is not given`);
    const extra = active.findIndex((counts, k) => !counts && given[k]);
    if (extra >= 0) throw this.malformed(text, `${this.slots[extra].name} does not count here; leave it out`);
    const problem = this.problem(architecture);
    if (problem !== undefined) throw this.malformed(text, problem);
    return architecture;
  }

  private malformed(text: string, problem: string): InputError {
    return new InputError(`${quote(text, 120)} is not an architecture of ${this.file.name}: ${problem}`);
  }
}

/**
 * Compiles an expression of a file.
 *
 * @param known names that it may use; if absent, they have already been checked
 * @throws InputError that names its field
 */
export function compiled(text: string, field: string, known?: readonly string[]): Expression {
  try {
    const unknown = known && [...namesIn(text)].find((name) => !known.includes(name));
    if (unknown === undefined) return expression(text);
    throw new InputError(`${quote(text)} names ${quote(unknown)}; known are ${known!.join(', ')}`);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { field }) : error;
  }
}
