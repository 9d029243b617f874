/** The rule for the value of a strategy's option. */
export interface OptionRule {
  /** In words that complete "it must be …". */
  readonly right: string;
  allows(value: unknown): boolean;
}

/** One rule per option. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

/** One of several names. */
export function oneOf(...names: readonly string[]): OptionRule {
  return {
    right: `one of ${names.join(', ')}`,
    allows: (value) => names.includes(value as string),
  };
}

/** A number in a range, both ends included. */
export function numberWithin(least: number, most: number): OptionRule {
  return {
    right: `a number from ${least} to ${most}`,
    allows: (value) => typeof value === 'number' && value >= least && value <= most,
  };
}

/** A whole number in a range, both ends included. */
export function wholeNumberWithin(least: number, most: number): OptionRule {
  return {
    right: `a whole number from ${least} to ${most}`,
    allows: (value) => Number.isInteger(value) && numberWithin(least, most).allows(value),
  };
}

export const trueOrFalse: OptionRule = {
  right: 'true or false',
  allows: (value) => typeof value === 'boolean',
};
