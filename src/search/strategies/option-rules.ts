/** What an option of a strategy may be. */
export interface OptionRule {
  /** In words, as the end of "it must be …". */
  readonly right: string;
  allows(value: unknown): boolean;
}

/** A rule for each option. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

/** One of some names. */
export function oneOf(...names: readonly string[]): OptionRule {
  return {
    right: `one of ${names.join(', ')}`,
    allows: (value) => names.includes(value as string),
  };
}

/** A number in a range, its ends included. */
export function numberWithin(least: number, most: number): OptionRule {
  return {
    right: `a number from ${least} to ${most}`,
    allows: (value) => typeof value === 'number' && value >= least && value <= most,
  };
}

/** A whole number in a range, its ends included. */
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
