import { InputError, quote } from '../../base/errors.js';

/** A value in an expression: of a slot, of a loop variable, or computed from them. */
export type ExpressionValue = number | string | boolean | readonly (number | string)[];
/** Values by name. */
export type Scope = Readonly<Record<string, ExpressionValue>>;
export type Expression = (scope: Scope) => ExpressionValue;

const TOKEN = /\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_]\w*)|'([^']*)'|(\|\||&&|[=!<>]=|[-+*/%<>!?:()[\],]))/y;

/** Binary operators by precedence, the lowest first. */
const LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

const FUNCTIONS = new Map<string, (values: readonly number[]) => number>([
  ['min', (values) => Math.min(...values)],
  ['max', (values) => Math.max(...values)],
  ['sum', (values) => values.reduce((a, b) => a + b, 0)],
  ['floor', ([x]) => Math.floor(x)],
  ['ceil', ([x]) => Math.ceil(x)],
  ['round', ([x]) => Math.round(x)],
]);
/** Longest expression, and deepest nesting of parentheses and conditionals: the parser recurses as deep. */
const MOST_LENGTH = 5000;
const MOST_DEPTH = 300;

/** Number of compiled expressions to keep: a service sees those of all spaces ever sent to it. */
const MOST_KEPT = 10_000;

/** A compiled expression, with the names that it uses. */
interface Compiled {
  readonly run: Expression;
  readonly names: ReadonlySet<string>;
}

/** Compiled expressions by text: spaces use the same ones over and over. */
const kept = new Map<string, Compiled>();

/**
 * Compiles an expression over slots: numbers, 'text', names, `a[i]`, `+ - * / %`, comparisons, `&& || !`, `a
 * ? b : c`, and min, max, sum, floor, ceil, round. It cannot refer to anything else, so a file can do nothing
 * but arithmetic.
 *
 * @throws InputError that names the place of an error, or says that it is too long or too deep; when
 *   evaluated, for an unknown name
 */
export const expression = (text: string): Expression => compiled(text).run;

/**
 * The names that an expression uses.
 *
 * @throws InputError as `expression`
 */
export const namesIn = (text: string): ReadonlySet<string> => compiled(text).names;

/** The value of an option's text in expressions: a number if it is one. */
export function optionValue(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function compiled(text: string): Compiled {
  let known = kept.get(text);
  if (!known) {
    if (text.length > MOST_LENGTH) {
      const message = `an expression has ${text.length} characters; at most ${MOST_LENGTH} are read; define parts of it`;
      throw new InputError(message);
    }
    const parser = new Parser(text);
    known = { run: parser.whole(), names: parser.names };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(text, known);
  }
  return known;
}

class Parser {
  private readonly tokens: { text: string; kind: 'number' | 'name' | 'text' | 'sign'; at: number }[] = [];
  readonly names = new Set<string>();
  private next = 0;
  private depth = 0;

  constructor(private readonly source: string) {
    TOKEN.lastIndex = 0;
    while (source.slice(TOKEN.lastIndex).trim() !== '') {
      const at = TOKEN.lastIndex;
      const found = TOKEN.exec(source);
      if (!found) throw this.wrong(at, 'is not understood');
      const kinds = ['number', 'name', 'text', 'sign'] as const;
      const k = found.slice(1).findIndex((part) => part !== undefined);
      this.tokens.push({ text: found[k + 1], kind: kinds[k], at });
    }
  }

  whole(): Expression {
    const read = this.choice();
    if (this.next < this.tokens.length) throw this.wrong(this.tokens[this.next].at, 'is not expected here');
    return read;
  }

  private choice(): Expression {
    return this.deeper(() => this.choiceAt());
  }

  private deeper(read: () => Expression): Expression {
    if (++this.depth > MOST_DEPTH) throw this.wrong(this.tokens[this.next]?.at ?? 0, 'is too deep');
    const found = read();
    this.depth--;
    return found;
  }

  private choiceAt(): Expression {
    const condition = this.binary(0);
    if (!this.take('?')) return condition;
    const yes = this.choice();
    this.need(':');
    const no = this.choice();
    return (scope) => (condition(scope) ? yes(scope) : no(scope));
  }

  private binary(level: number): Expression {
    if (level === LEVELS.length) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const sign = LEVELS[level].find((candidate) => this.take(candidate));
      if (sign === undefined) return left;
      const [a, b] = [left, this.binary(level + 1)];
      left = this.combined(sign, a, b);
    }
  }

  private unary(): Expression {
    if (this.take('-')) {
      const of = this.deeper(() => this.unary());
      return (scope) => -this.number(of(scope));
    }
    if (this.take('!')) {
      const of = this.deeper(() => this.unary());
      return (scope) => !of(scope);
    }
    return this.indexed();
  }

  private indexed(): Expression {
    let of = this.primary();
    while (this.take('[')) {
      const [list, index] = [of, this.choice()];
      this.need(']');
      of = (scope) => {
        const [values, i] = [list(scope), this.number(index(scope))];
        const value = Array.isArray(values) ? (values as readonly (number | string)[])[i] : undefined;
        if (value === undefined) throw new InputError(`${quote(this.source)} has no element ${i}`);
        return value;
      };
    }
    return of;
  }

  private primary(): Expression {
    const token = this.tokens[this.next++];
    if (!token) throw this.wrong(this.source.length, 'ends too early');
    const { text, kind } = token;
    if (kind === 'number') return () => Number(text);
    if (kind === 'text') return () => optionValue(text);
    if (text === '(') {
      const inner = this.choice();
      this.need(')');
      return inner;
    }
    if (kind === 'sign') throw this.wrong(token.at, 'is not expected here');
    if (text === 'true' || text === 'false') return () => text === 'true';
    if (this.take('(')) return this.call(text, token.at);
    this.names.add(text);
    return (scope) => {
      if (Object.hasOwn(scope, text)) return scope[text];
      throw new InputError(
        `${quote(this.source)} names ${quote(text)}; known are ${Object.keys(scope).join(', ')}`,
      );
    };
  }

  private call(name: string, at: number): Expression {
    const called = FUNCTIONS.get(name);
    if (!called) throw this.wrong(at, `is not a function; there are ${[...FUNCTIONS.keys()].join(', ')}`);
    const parts = [this.choice()];
    while (this.take(',')) parts.push(this.choice());
    this.need(')');
    return (scope) => called(parts.flatMap((part) => part(scope)).map((value) => this.number(value)));
  }

  private take(text: string): boolean {
    const token = this.tokens[this.next];
    if (token?.text !== text || token.kind !== 'sign') return false;
    this.next++;
    return true;
  }

  private need(text: string): void {
    const at = this.tokens[this.next]?.at ?? this.source.length;
    if (!this.take(text)) throw this.wrong(at, `must be ${quote(text)}`);
  }

  private combined(sign: string, a: Expression, b: Expression): Expression {
    switch (sign) {
      case '||':
        return (scope) => Boolean(a(scope)) || Boolean(b(scope));
      case '&&':
        return (scope) => Boolean(a(scope)) && Boolean(b(scope));
      case '==':
        return (scope) => a(scope) === b(scope);
      case '!=':
        return (scope) => a(scope) !== b(scope);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return (scope) => compare(sign, Number(a(scope)), Number(b(scope)));
      default:
        return (scope) => arithmetic(sign, this.number(a(scope)), this.number(b(scope)));
    }
  }

  /** A value as a number. Text is an error, because the result would be NaN. */
  private number(value: ExpressionValue): number {
    if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
    throw new InputError(`${quote(this.source)} computes with ${quote(value)}, which is not a number`);
  }

  private wrong(at: number, problem: string): InputError {
    return new InputError(`${quote(this.source)}: ${quote(this.source.slice(at).trim())} ${problem}`);
  }
}

function compare(sign: string, a: number, b: number): boolean {
  switch (sign) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function arithmetic(sign: string, a: number, b: number): number {
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}
