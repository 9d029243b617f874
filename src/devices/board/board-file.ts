import { Type } from '#typebox';
import { InputError, quote } from '../../base/errors.js';
import { readJsonFile } from '../../base/json-file.js';
import { BOARDS, Board } from './boards.js';

const BoardFile = Type.Array(Board, { minItems: 1 });

/**
 * The built-in boards, followed by those of a user's JSON file: a list of objects with the fields of `Board`.
 *
 * @throws InputError that names the file, the board and the field if it cannot be used
 */
export async function readBoards(file: string): Promise<readonly Board[]> {
  const boards: Board[] = [...BOARDS];
  for (const [i, board] of (await readJsonFile(BoardFile, file)).entries()) {
    if (boards.some(({ id }) => id === board.id)) {
      throw new InputError(`there is a board ${quote(board.id)} already`, { file, field: `/${i}/id` });
    }
    boards.push(board);
  }
  return boards;
}
