import { WorkPool } from '../../src/base/work-pool.js';
import type { Metric } from '../../src/metrics/metric.js';
import type { CsvMeasurements } from '../measurements/measurements-csv.js';
import type { AccuracyRows, CsvAnswer, CsvQuestion, SentRuns } from './csv-process.js';
import { answerOf, type ProcessReply } from './process-reply.js';

/** Reads uploaded CSV in separate processes: megabytes take seconds, during which nothing else would be answered. */
export class CsvReader {
  private readonly pool = new WorkPool<CsvQuestion, ProcessReply<CsvAnswer>>({
    module: new URL('./csv-process.js', import.meta.url),
    processes: 2,
    cpuMs: 30_000,
    memoryMb: 192,
    behind: true,
    most: 50,
    mostEach: 10,
  });

  /**
   * Reads the rows of an upload.
   *
   * @param metrics see `readUploadHeader`
   * @param caller owner of the request; callers take turns
   * @throws ApiError as `readMeasurementsCsv` and `answerOf` do
   */
  async measurements(
    csv: Buffer,
    device: string,
    metrics: readonly Metric[] | undefined,
    caller: string,
  ): Promise<CsvMeasurements> {
    const read = this.pool.do({ measurements: { device, bytes: csv, metrics } }, caller);
    return (await answerOf(read, 'the upload')) as CsvMeasurements;
  }

  /**
   * Reads a table of accuracies, with architectures in canonical form.
   *
   * @param source the table itself, or its file
   * @throws ApiError 400 naming line and column of an unreadable value, and as `answerOf` does
   */
  async accuracies(
    source: { readonly csv: string } | { readonly file: string },
    space: string,
    column: string,
    caller: string,
  ): Promise<AccuracyRows> {
    const read = this.pool.do({ accuracies: { source, space, column } }, caller);
    return (await answerOf(read, 'the table')) as AccuracyRows;
  }

  /** @throws ApiError 400 with the place of a value from which no emulator can be learned, and as `answerOf` does */
  async assertLearnable({ csv, inputs, outputs, log }: SentRuns, caller: string): Promise<void> {
    await answerOf(this.pool.do({ runs: { csv, inputs, outputs, log } }, caller), 'the table of runs');
  }

  /** Starts a process before the first table arrives. */
  warm(): void {
    this.pool.warm();
  }

  close(): void {
    this.pool.close();
  }
}
