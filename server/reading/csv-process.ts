// Reads CSV in a process of its own.
import { Readable } from 'node:stream';
import type { OfRuns } from '../../api/emulators.js';
import { InputError } from '../../src/base/errors.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { openRegularFile } from '../../src/base/regular-file.js';
import { csvRowsFrom } from '../../src/datasets/csv.js';
import { outputList } from '../../src/emulate/columns.js';
import { runsFrom } from '../../src/emulate/runs.js';
import type { Metric } from '../../src/metrics/metric.js';
import { readTableFrom } from '../../src/search/evaluators/accuracy-table.js';
import { assertPercentages } from '../../src/search/evaluators/percentages.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { ApiError, badField } from '../http/errors.js';
import { type CsvMeasurements, readMeasurementsCsv } from '../measurements/measurements-csv.js';
import { replyOf } from './process-reply.js';

interface AccuracyTable {
  readonly source: { readonly csv: string } | { readonly file: string };
  readonly space: string;
  readonly column: string;
}

/** An upload of a device. */
interface Upload {
  readonly device: string;
  readonly bytes: Uint8Array;
  readonly metrics?: readonly Metric[];
}

/** Runs of a simulator, and the meaning of their columns. */
export type SentRuns = Pick<OfRuns, 'csv' | 'inputs' | 'outputs' | 'log'>;

export type CsvQuestion =
  | { readonly measurements: Upload }
  | { readonly accuracies: AccuracyTable }
  | { readonly runs: SentRuns };

/** null for runs: they are only checked, and kept as they were sent. */
export type CsvAnswer = CsvMeasurements | AccuracyRows | null;

/** Architectures in canonical form with their accuracies, %. */
export type AccuracyRows = readonly (readonly [architecture: string, accuracy: number])[];

/** Most rows of a table of accuracies. */
const MOST_ROWS = 100_000;
/** No accuracy is larger, in whatever unit. */
const MOST_ACCURACY = 1e6;
/** Characters passed to the parser at once: it parses all rows it gets before any is handled. */
const PIECE = 2 ** 16;

answerQuestions((question: CsvQuestion) =>
  replyOf<CsvAnswer>(() => {
    if ('runs' in question) return assertLearnable(question.runs);
    if ('accuracies' in question) return accuracyRows(question.accuracies);
    const { bytes, device, metrics } = question.measurements;
    return readMeasurementsCsv(bytes, device, metrics);
  }),
);

/** @throws ApiError 400 with the place of an unusable value */
async function assertLearnable({ csv, inputs, outputs, log }: SentRuns): Promise<null> {
  try {
    const choice = { inputs, outputs: outputList(outputs, 'outputs'), logs: log };
    await runsFrom([{ file: 'csv', rows: csvRowsFrom(Readable.from(pieces(csv)), 'csv') }], choice);
    return null;
  } catch (error) {
    if (error instanceof InputError) throw new ApiError(400, 'invalid_runs', error.message);
    throw error;
  }
}

async function accuracyRows({ source, space: spaceName, column }: AccuracyTable): Promise<AccuracyRows> {
  const space = spaceNamed(spaceName);
  try {
    const [from, name] =
      'file' in source
        ? [(await openRegularFile(source.file)).createReadStream(), source.file]
        : [Readable.from(pieces(source.csv)), 'csv'];
    const { architectures, values } = await readTableFrom(from, name, space, [column], MOST_ROWS);
    const i = values[column].findIndex((value) => Math.abs(value) > MOST_ACCURACY);
    if (i >= 0) {
      const message = `${values[column][i]} of ${space.format(architectures[i])} is not an accuracy`;
      throw badField('evaluator.column', message);
    }
    assertPercentages(values[column], { file: 'file' in source ? source.file : 'csv', column });
    return architectures.map((a, i) => [space.format(a), values[column][i]] as const);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { line, column: at } = error.location;
    const place = [line && `line ${line}`, at].filter(Boolean).join(', ');
    throw badField(place || 'evaluator', error.message);
  }
}

function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += PIECE) yield text.slice(start, start + PIECE);
}
