/** Where a bad value stands. Every field that is known is named in the message. */
export interface InputLocation {
  file?: string;
  /** 1-based line in the file, the header being line 1. */
  line?: number;
  column?: string;
  /** Empty, as the path of a whole document is, it is not named. */
  field?: string;
}

/**
 * Input from outside (a file, a command line, a request) that cannot be used: the message says where it
 * stands, what it was, and what would be right. The CLI prints it without a stack; HTTP answers 4xx.
 */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    /** What is wrong, without the place. */
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

/** A value as it may be shown in an error message: quoted, and cut when long. */
export function quote(value: unknown, limit = 80): string {
  const text = textOf(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    // An object's own toString may be anything.
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object';
  }
}
