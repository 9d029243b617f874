import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, quote } from '../errors.js';
import { BOARDS, Board } from './boards.js';

const BoardFile = Type.Array(Board, { minItems: 1 });

/**
 * The known boards and those of a user's JSON file, a list of objects with the fields of `Board`.
 * @throws InputError naming the file, the board and the field if it can't be used
 */
export async function readBoards(file: string): Promise<readonly Board[]> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = missing ? 'there is no such file' : `not readable as JSON: ${(error as Error).message}`;
    throw new InputError(problem, { file });
  }
  if (!Value.Check(BoardFile, content)) {
    const [{ message, instancePath, params }] = Value.Errors(BoardFile, content);
    const extra = 'additionalProperties' in params ? ` (${String(params.additionalProperties)})` : '';
    const value = instancePath === '' ? '' : `, not ${show(Value.Pointer.Get(content, instancePath))}`;
    throw new InputError(`${message}${extra}${value}`, { file, field: instancePath || undefined });
  }
  const boards: Board[] = [...BOARDS];
  for (const [i, board] of content.entries()) {
    if (boards.some(({ id }) => id === board.id)) {
      throw new InputError(`there is a board ${quote(board.id)} already`, { file, field: `/${i}/id` });
    }
    boards.push(board);
  }
  return boards;
}

function show(value: unknown): string {
  return quote(typeof value === 'object' ? JSON.stringify(value) : value);
}
