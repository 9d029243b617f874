import { existsSync } from 'node:fs';
import { InputError } from '../../base/errors.js';
import { JsonLinesFile, readJsonLines } from '../../base/json-lines.js';

interface Kept {
  readonly architecture: string;
  readonly latencyMs: number;
}

/** A search's measurements in a file, so that nothing is measured twice. */
export class KeptMeasurements {
  /** @param file without one, nothing is kept */
  constructor(private readonly file?: string) {}

  /**
   * The latency of a network in ms: the kept one, or a new measurement.
   *
   * @throws InputError if the file has another content; whatever measuring throws
   */
  async of(architecture: string, measure: () => Promise<number>): Promise<number> {
    const { file } = this;
    if (file === undefined) return measure();
    const known = keptMeasurements(file).get(architecture);
    if (known !== undefined) return known;
    const latencyMs = await measure();
    const lines = JsonLinesFile.open(file, existsSync(file) ? readJsonLines(file).bytes : 0);
    lines.append({ architecture, latencyMs } satisfies Kept);
    lines.close();
    return latencyMs;
  }
}

function keptMeasurements(file: string): Map<string, number> {
  if (!existsSync(file)) return new Map();
  return new Map(
    readJsonLines(file).values.map((value, i) => {
      const { architecture, latencyMs } = value as Partial<Kept>;
      if (typeof architecture !== 'string' || typeof latencyMs !== 'number') {
        throw new InputError('not a measurement that a search has kept', { file, line: i + 1 });
      }
      return [architecture, latencyMs];
    }),
  );
}
