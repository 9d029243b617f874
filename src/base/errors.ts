/** Where a bad value is. The message names every field that is set. */
export interface InputLocation {
  file?: string;
  /** 1-based; the header is line 1. */
  line?: number;
  column?: string;
  /** Not named if empty: that is the path of a whole document. */
  field?: string;
}

/**
 * Input from outside (a file, a command line, a request) that cannot be used. The message says where the bad
 * value is, what it is, and what would be right. The CLI prints it without a stack trace; HTTP answers 4xx.
 */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    /** What is wrong, without the location. */
    readonly problem: string,
    readonly location: InputLocation = {},
  ) {
    const place = [
      location.file,
      location.line === undefined ? undefined : `line ${location.line}`,
      location.column === undefined ? undefined : `column ${location.column}`,
      location.field && `${location.field.startsWith('--') ? 'option' : 'field'} ${location.field}`,
    ].filter((part) => part);
    super(place.length > 0 ? `${place.join(', ')}: ${problem}` : problem);
  }
}

/** A value for an error message: strings in quotes, and long values cut to `limit` characters. */
export function quote(value: unknown, limit = 80): string {
  const text = textOf(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    // Not `String(value)`: an object's own `toString` may do anything.
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object';
  }
}
