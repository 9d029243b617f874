import type { Static, TSchema } from '#typebox';
import { Check, Errors, Pointer } from '#typebox/schema';
import { InputError, quote } from './errors.js';
import { unreadable } from './read-problem.js';
import { readRegularFile, readRegularFileSync } from './regular-file.js';
import { schemaProblems } from './schema-problems.js';

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @throws InputError that names the file, the field, its value and what would be right
 */
export async function readJsonFile<Schema extends TSchema>(
  schema: Schema,
  file: string,
): Promise<Static<Schema>> {
  const bytes = await readRegularFile(file).catch((error) => {
    throw unreadable(error, file);
  });
  return parseJsonFile(schema, bytes.toString('utf8'), file);
}

/** `readJsonFile` for synchronous code. */
export function readJsonFileSync<Schema extends TSchema>(schema: Schema, file: string): Static<Schema> {
  let text: string;
  try {
    text = readRegularFileSync(file).toString('utf8');
  } catch (error) {
    throw unreadable(error, file);
  }
  return parseJsonFile(schema, text, file);
}

/**
 * Parses the text of a JSON file and checks it against a schema.
 *
 * @throws InputError as `readJsonFile`
 */
export function parseJsonFile<Schema extends TSchema>(
  schema: Schema,
  text: string,
  file: string,
): Static<Schema> {
  let value: unknown;
  try {
    // Some editors begin files with a byte order mark.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new InputError(`not JSON: ${(error as Error).message}`, { file });
  }
  if (Check(schema, value)) return value as Static<Schema>;
  const [{ path, problem }] = schemaProblems(Errors(schema, value)[1]);
  const found = path === '' ? '' : `, not ${quote(Pointer.Get(value, path))}`;
  throw new InputError(`${problem}${found}`, { file, field: path });
}
