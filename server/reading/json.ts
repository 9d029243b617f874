import parse from 'secure-json-parse';
import { ApiError } from '../http/errors.js';

/** Most values in a body: 20,000 measurements with their fields, and half as many again. */
const MOST_VALUES = 130_000;
/** Deepest nesting of objects and arrays. */
const MOST_DEPTH = 32;

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * Parses a body, limiting the number of values and their nesting, because the work with a body (checking, copying to
 * another thread, keeping) grows with both.
 *
 * @throws ApiError 400 if it is not JSON, nested too deeply, or would change the prototype of objects; 413 if it has too
 *   many values
 */
export function jsonIn(text: string): unknown {
  const excess = excessOf(text);
  if (excess) throw excess;
  try {
    return parse(text);
  } catch {
    throw new ApiError(400, 'malformed_json', problemOf(text));
  }
}

function problemOf(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    const problem = text === '' ? 'is empty' : 'is not valid JSON';
    return `the body ${problem}, but its content-type is application/json`;
  }
  return 'the body has a field named __proto__, or constructor with a prototype; leave it out';
}

/** The limit that a body, which may not even be JSON, exceeds. */
export function excessOf(text: string): ApiError | undefined {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values++;
        if (++depth > MOST_DEPTH) {
          const message = `the body has more than ${MOST_DEPTH} levels of nested objects and arrays`;
          return new ApiError(400, 'too_deep', message);
        }
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
    }
    if (values > MOST_VALUES) {
      const message = `the body has more than ${MOST_VALUES} values; send it in parts`;
      return new ApiError(413, 'body_too_large', message);
    }
  }
  return undefined;
}

/** Position of the quote that closes a string; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
}
