// Reads CSV in a process of its own.
import { Readable } from 'node:stream';
import { InputError } from '../../src/base/errors.js';
import { answerQuestions } from '../../src/base/limited-process/answer-questions.js';
import { readArchitectureTable, readTableFrom } from '../../src/search/evaluators/accuracy-table.js';
import { assertPercentages } from '../../src/search/evaluators/percentages.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { badField } from '../errors.js';
import { type CsvMeasurements, readMeasurementsCsv } from '../measurements/measurements-csv.js';
import { replyOf } from '../process-reply.js';

interface AccuracyTable {
  readonly source: { readonly csv: string } | { readonly file: string };
  readonly space: string;
  readonly column: string;
}

/** An upload of a device. */
interface Upload {
  readonly device: string;
  readonly bytes: Uint8Array;
}

export type CsvQuestion = { readonly measurements: Upload } | { readonly accuracies: AccuracyTable };

/** Architectures in canonical form with their accuracies, %. */
export type AccuracyRows = readonly (readonly [architecture: string, accuracy: number])[];

/** Rows of a table of accuracies. */
const MOST_ROWS = 100_000;
/** What is beyond is no accuracy, in whatever unit. */
const MOST_ACCURACY = 1e6;
/** Characters that are given to the parser at once: it takes all rows of what it gets before any is read. */
const PIECE = 2 ** 16;

answerQuestions((question: CsvQuestion) =>
  replyOf<CsvMeasurements | AccuracyRows>(() =>
    'measurements' in question
      ? readMeasurementsCsv(question.measurements.bytes, question.measurements.device)
      : accuracyRows(question.accuracies),
  ),
);

async function accuracyRows({ source, space: name, column }: AccuracyTable): Promise<AccuracyRows> {
  const space = spaceNamed(name);
  try {
    const { architectures, values } =
      'file' in source
        ? await readArchitectureTable(source.file, space, [column], MOST_ROWS)
        : await readTableFrom(Readable.from(pieces(source.csv)), 'csv', space, [column], MOST_ROWS);
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
