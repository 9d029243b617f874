import { WorkPool } from '../../src/base/work-pool.js';
import type { CsvMeasurements } from '../measurements/measurements-csv.js';
import { answerOf, type ThreadReply } from '../thread-reply.js';
import type { AccuracyRows, CsvQuestion } from './csv-thread.js';

/** Reads CSV that was sent in, in threads: megabytes take seconds, in which nobody would be answered. */
export class CsvReader {
  private readonly pool = new WorkPool<CsvQuestion, ThreadReply<CsvMeasurements | AccuracyRows>>({
    module: new URL('./csv-thread.js', import.meta.url),
    threads: 2,
    limitMs: 30_000,
    memoryMb: 192,
    most: 50,
    mostEach: 10,
  });

  /**
   * The rows of an upload of a device.
   *
   * @param csv is handed over
   * @param caller whose it is: callers take turns
   * @throws ApiError as `readMeasurementsCsv` and `answerOf` say
   */
  async measurements(csv: Buffer, device: string, caller: string): Promise<CsvMeasurements> {
    const bytes = new Uint8Array(csv);
    const read = this.pool.do({ measurements: { device, bytes } }, caller, [bytes.buffer]);
    return (await answerOf(read, 'the upload')) as CsvMeasurements;
  }

  /**
   * A table of accuracies, its architectures in canonical form.
   *
   * @param source the table itself, or its file
   * @throws ApiError 400 naming line and column of what cannot be read, and as `answerOf` says
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

  async close(): Promise<void> {
    await this.pool.close();
  }
}
