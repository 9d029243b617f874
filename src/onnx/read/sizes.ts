import { InputError, quote } from '../../base/errors.js';
import type { ValueInfoProto } from '../proto.js';
import { checkedShape, tensorProto } from './constants.js';
import { elementType } from './element-types.js';
import type { OnnxReadOptions, Tensor } from './tensor-graph.js';

/** Determines the sizes of dynamic dimensions, and keeps those determined so far. */
export class Sizes {
  /** Sizes of symbolic dimensions, so that dimensions of the same name agree. */
  private readonly symbols = new Map<string, number>();
  private readonly used = new Set<string>();
  readonly notes: string[] = [];

  constructor(private readonly given: NonNullable<OnnxReadOptions['sizes']>) {
    for (const [name, size] of given) {
      if (typeof size === 'number') this.symbols.set(name, size);
    }
  }

  /**
   * An input with numbers for all dimensions: those asked for, those in the file, or defaults. A scalar whose
   * value was given becomes a constant.
   *
   * @throws InputError if it is not a tensor, or was asked to have a shape that contradicts the file
   */
  input({ name, type }: ValueInfoProto): Tensor {
    if (type === undefined || Object.values(type).every((value) => value === undefined))
      throw new InputError(`input ${quote(name)} has no type`);
    if (!type.tensorType) {
      throw new InputError(`input ${quote(name)} is not a tensor but a sequence, a map or an optional value`);
    }
    const { elemType, shape } = type.tensorType;
    const asked = this.given.get(name);
    if (Array.isArray(asked)) this.used.add(name);
    const element = elementType(elemType);
    if (!shape) {
      if (!Array.isArray(asked)) {
        throw new InputError(
          `input ${quote(name)} has a shape that the file does not say; give its sizes, as ${name}=1x3x224x224`,
        );
      }
      return { name, type: element, shape: checkedShape(name, asked), constant: false };
    }
    if (shape.dim.length === 0 && typeof asked === 'number') return this.value(name, element, asked);
    const declared = declaredSizes(shape);
    if (typeof asked === 'number' && declared.every((size) => size === 1))
      return { ...this.value(name, element, asked), shape: declared.map(() => 1) };
    const chosen: string[] = [];
    const sizes = declared.map((size, axis) => {
      if (typeof size === 'number') return size;
      const known = Array.isArray(asked) ? asked[axis] : this.symbols.get(size);
      if (known !== undefined) {
        if (!Array.isArray(asked)) this.used.add(size);
        return known;
      }
      const usual = usualSize(declared, axis, element);
      if (size !== '') this.symbols.set(size, usual);
      chosen.push(`${size === '' ? `dimension ${axis}` : size} = ${usual}`);
      return usual;
    });
    if (chosen.length > 0) {
      this.notes.push(
        `input ${quote(name)} has dynamic sizes: ${chosen.join(', ')} ${chosen.length > 1 ? 'were' : 'was'} chosen`,
      );
    }
    if (sizes.includes(0)) this.notes.push(`input ${quote(name)} has no elements: [${sizes.join(', ')}]`);
    return { name, type: element, shape: checkedShape(name, sizes), constant: false };
  }

  /** A scalar input has no size, so what is given is its value. */
  private value(name: string, type: string, value: number): Tensor {
    this.used.add(name);
    const tensor = { name, type, shape: [], constant: true, values: [value] };
    if (tensorProto(tensor)) return tensor;
    throw new InputError(`the value of input ${quote(name)} cannot be given: it is of type ${type}`);
  }

  /** Declared dimensions in numbers; undefined if one of them has no size. */
  numbers(shape: DeclaredShape | undefined): number[] | undefined {
    const sizes = shape?.dim.map(({ dimValue, dimParam }) =>
      dimValue !== undefined && dimValue >= 0 ? dimValue : this.symbols.get(dimParam ?? ''),
    );
    return sizes?.every((size) => size !== undefined) ? sizes : undefined;
  }

  /**
   * Settles the symbols of inputs that were asked to have a shape, before any gets a default.
   *
   * @throws InputError if a shape contradicts the file, or another size that was given
   */
  settleAsked(inputs: readonly ValueInfoProto[]): void {
    for (const { name, type } of inputs) {
      const asked = this.given.get(name);
      const shape = type?.tensorType?.shape;
      if (Array.isArray(asked) && shape) this.settle(name, declaredSizes(shape), asked);
    }
  }

  /** @throws InputError that names a given size that belongs to nothing in the file */
  checkUse(inputs: readonly ValueInfoProto[]): void {
    for (const [name, size] of this.given) {
      const symbols = inputs.flatMap(({ type }) =>
        (type?.tensorType?.shape?.dim ?? []).flatMap(({ dimParam }) => dimParam || []),
      );
      if (this.used.has(name) || symbols.includes(name)) continue;
      const input = inputs.find((each) => each.name === name);
      const declared = input?.type?.tensorType?.shape && declaredSizes(input.type.tensorType.shape);
      if (input && (Array.isArray(size) || !declared || declared.every((each) => each === 1))) continue;
      if (input)
        throw new InputError(
          `input ${quote(name)} has more than one element; give its sizes, as ${name}=1x3`,
        );
      const known = [...new Set([...inputs.map((input) => input.name), ...symbols])].map((each) =>
        quote(each),
      );
      throw new InputError(
        `no input or dynamic dimension is named ${quote(name)}; there are ${known.join(', ')}`,
      );
    }
  }

  private settle(name: string, declared: readonly (number | string)[], asked: readonly number[]): void {
    const fits =
      asked.length === declared.length &&
      declared.every((size, axis) => typeof size !== 'number' || size === asked[axis]);
    if (!fits) {
      const wanted = declared.map((size) => (size === '' ? '?' : size)).join(', ');
      throw new InputError(
        `input ${quote(name)} has the shape [${wanted}] in the file, not [${asked.join(', ')}]`,
      );
    }
    for (const [axis, size] of declared.entries()) {
      if (typeof size !== 'string' || size === '') continue;
      const known = this.symbols.get(size);
      if (known !== undefined && known !== asked[axis])
        throw new InputError(
          `dimension ${quote(size)} is to be ${known}, and ${asked[axis]} in input ${quote(name)}`,
        );
      this.symbols.set(size, asked[axis]);
    }
  }
}

type DeclaredShape = NonNullable<NonNullable<NonNullable<ValueInfoProto['type']>['tensorType']>['shape']>;

/** Each dimension's size, or the name of a dynamic one; `''` if it has none. */
function declaredSizes({ dim }: DeclaredShape): (number | string)[] {
  return dim.map(({ dimValue, dimParam = '' }) =>
    dimValue !== undefined && dimValue >= 0 ? dimValue : dimParam,
  );
}

/** Height and width in pixels of an image for ImageNet networks. */
const IMAGE = 224;
/** Number of tokens of a text, or steps of a sequence. */
const TOKENS = 128;
/** Number of samples in a second of speech. */
const SAMPLES = 16_000;

/**
 * Default size of a dynamic dimension: 1 for a batch; 224×224 for images, whether channels come first or
 * last; 128 tokens or steps; one second of samples at 16 kHz.
 */
function usualSize(declared: readonly (number | string)[], axis: number, type: string): number {
  if (axis === 0 || /batch/i.test(String(declared[axis]))) return 1;
  if (declared.length === 4) {
    const channelsLast = typeof declared[3] === 'number' && declared[3] <= 4;
    if (axis === (channelsLast ? 3 : 1)) return 3;
    return IMAGE;
  }
  if (declared.length === 2 && type.startsWith('float')) return SAMPLES;
  return TOKENS;
}
