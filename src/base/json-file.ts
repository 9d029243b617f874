import type { Static, TSchema } from '#typebox';
import { Check, Errors, Pointer } from '#typebox/schema';
import { InputError, quote } from './errors.js';
import { unreadable } from './read-problem.js';
import { readRegularFile, readRegularFileSync } from './regular-file.js';
import { schemaProblems } from './schema-problems.js';

/**
 * Reads a JSON file that has to be of a schema.
 *
 * @throws InputError naming the file, and the field, its value and what would be right
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

/** As `readJsonFile`, where no promise is at hand. */
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
 * The value in a JSON file's text.
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
    // Some editors begin files with a mark of their encoding.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new InputError(`not JSON: ${(error as Error).message}`, { file });
  }
  if (Check(schema, value)) return value as Static<Schema>;
  const [{ path, problem }] = schemaProblems(Errors(schema, value)[1]);
  const found = path === '' ? '' : `, not ${quote(Pointer.Get(value, path))}`;
  throw new InputError(`${problem}${found}`, { file, field: path });
}
