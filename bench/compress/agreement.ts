import { mean, sampleRankCorrelation } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import { Random } from '../../src/base/random.js';
import { prepareCompression } from '../../src/compress/prepare.js';
import type { Piece } from '../pieces.js';
import type { AgreementRow, CompressSetting, Row } from './setting.js';

/** Shares of the parameters that ranks are drawn within: far below the least of them every word is wrong, whatever the ranks. */
const LIMITS = [1 / 2, 2 / 3, 5 / 6];
/** Choices of ranks at each. */
const VECTORS = 10;
const COUNTS = [100, 500];
const DRAWS = 3;

/** How well a few words stand for the development set, over random ranks as searches draw them. */
export function agreementPieces(shared: () => Promise<CompressSetting>): Piece<Row>[] {
  return [{ name: 'agreement', run: () => agreement(shared) }];
}

async function agreement(shared: () => Promise<CompressSetting>): Promise<AgreementRow[]> {
  const { words, model, representative, errorPercent, evaluator } = await shared();
  const vectors = LIMITS.flatMap((maxParameters) => {
    const task = { model, evaluator: evaluator([]), limits: { maxParameters }, described: {} };
    const { pool } = prepareCompression(task);
    return pool.drawUntried(new Set(), VECTORS, new Random(1)).map((drawn) => pool.architectures[drawn]);
  });
  const errorsOn = async (some: typeof words.valid) => {
    const errors: number[] = [];
    for (const ranks of vectors) errors.push(await errorPercent(ranks, some));
    return errors;
  };
  const whole = await errorsOn(words.valid);
  const rows: AgreementRow[] = [];
  for (const count of COUNTS) {
    for (let draw = 1; draw <= DRAWS; draw++) {
      const drawn = new Random(draw).permutation(words.valid.length).subarray(0, count);
      const sets = {
        representative: await representative(count, draw),
        random: Array.from(drawn, (i) => words.valid[i]),
      };
      for (const [chosen, some] of Object.entries(sets)) {
        const own = await errorsOn(some);
        rows.push({
          kind: 'agreement',
          words: count,
          chosen: chosen as AgreementRow['chosen'],
          spearman: sampleRankCorrelation(own, whole),
          meanAbsoluteError: mean(own.map((error, i) => Math.abs(error - whole[i]))),
        });
      }
    }
  }
  return rows;
}

export function printAgreement(rows: readonly AgreementRow[]): void {
  if (rows.length === 0) return;
  console.log(
    `Words that stand for the development set, over ${VECTORS} random choices of ranks at each of 1/2, 2/3 and 5/6 of the parameters, ${DRAWS} draws:`,
  );
  const table = plainTable(['words', 'chosen', 'Spearman', 'mean absolute error, points']);
  for (const count of COUNTS) {
    for (const chosen of ['representative', 'random'] as const) {
      const own = rows.filter((row) => row.words === count && row.chosen === chosen);
      const range = (value: (row: AgreementRow) => number, digits: number) => {
        const values = own.map(value);
        const [middle, least, most] = [mean(values), Math.min(...values), Math.max(...values)].map((value) =>
          value.toFixed(digits),
        );
        return `${middle} (${least} to ${most})`;
      };
      table.push([
        count,
        chosen,
        range(({ spearman }) => spearman, 3),
        range(({ meanAbsoluteError }) => meanAbsoluteError, 2),
      ]);
    }
  }
  console.log(table.toString());
}
