import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { mean } from 'simple-statistics';
import { InputError, quote } from '../../base/errors.js';
import { type DeviceSamples, type LoadOptions, loadSamples } from '../../datasets/load.js';
import { connectedOnly, type Samples } from '../../datasets/samples.js';
import type { Architecture, DeadOperations } from '../../spaces/space.js';
import type { DataSource, DeviceFacts } from '../train.js';

/** The device's samples in one file. */
type Part = DeviceSamples & { readonly file: string };

/** A new device and its measurements. */
export interface TargetDevice {
  readonly device: string;
  /** Connected architectures, each once. */
  readonly samples: Samples;
  /** From the cards; absent if none says. */
  readonly deadOperations?: DeadOperations;
  readonly facts: DeviceFacts;
  readonly data: DataSource;
}

/**
 * Reads the measurements of one device, made at once or in turns: ten networks first, then those that
 * `suggest` named.
 *
 * @param options may omit the device if the first file has only one
 * @throws InputError as `loadSamples` does; if the files' cards disagree; or if two files have different
 *   values for a network and `duplicates` is not `mean`
 */
export async function loadTarget(files: readonly string[], options: LoadOptions): Promise<TargetDevice> {
  const parts: Part[] = [];
  for (const file of files) {
    const device = options.device ?? parts[0]?.device;
    const metric = options.metric ?? parts[0]?.metric;
    parts.push({ file, ...(await loadSamples(file, { ...options, device, metric })) });
  }
  const [{ device, sha256 }] = parts;
  const factsOf = ({ card }: DeviceSamples) => card?.devices.find(({ id }) => id === device);
  const facts = agreed('batchSize', parts, factsOf);
  const card = agreed('deadOperations', parts, (part) => part.card);
  const joined = (of: (part: Part) => string) => [...new Set(parts.map(of))].join(' + ');
  return {
    device,
    samples: together(parts, options),
    deadOperations: card?.deadOperations,
    facts: facts ?? { description: device, batchSize: null, precision: null },
    data: {
      name: joined(({ card, file }) => card?.name ?? basename(file)),
      source: joined(({ card }) => card?.source ?? 'unknown'),
      licence: joined(({ card }) => card?.licence ?? 'unknown'),
      sha256: parts.length === 1 ? sha256 : digestOf(parts.map((part) => part.sha256)),
    },
  };
}

/**
 * The value in the first card that has the field, if any does.
 *
 * @throws InputError if another card has a different value
 */
function agreed<Field extends string, Said extends { readonly [field in Field]: unknown }>(
  field: Field,
  parts: readonly Part[],
  read: (part: Part) => Said | undefined,
): Said | undefined {
  let first: { said: Said; file: string } | undefined;
  for (const part of parts) {
    const said = read(part);
    if (!said) continue;
    first ??= { said, file: part.file };
    if (said[field] === first.said[field]) continue;
    const [here, there] = [quote(said[field]), quote(first.said[field])];
    throw new InputError(`its card has ${here}, and that of ${first.file} ${there}`, {
      file: part.file,
      field,
    });
  }
  return first?.said;
}

/** The connected architectures of all files, each once. */
function together(parts: readonly Part[], { space, duplicates }: LoadOptions): Samples {
  const measured = new Map<string, { architecture: Architecture; values: number[]; file: string }>();
  const { metric } = parts[0];
  for (const { file, ...part } of parts) {
    const { architectures, values } = connectedOnly(space, part);
    architectures.forEach((architecture, i) => {
      const key = space.format(architecture);
      const known = measured.get(key);
      if (!known) measured.set(key, { architecture, values: [values[i]], file });
      else if (known.values.includes(values[i])) return;
      else if (duplicates === 'mean') known.values.push(values[i]);
      else {
        throw new InputError(
          `${key} has ${values[i]} ${metric.unit}, and ${known.values[0]} ${metric.unit} in ${known.file}; keep one, or average them with --duplicates mean`,
          { file },
        );
      }
    });
  }
  const all = [...measured.values()];
  return {
    architectures: all.map(({ architecture }) => architecture),
    metric,
    values: Float64Array.from(all, ({ values }) => mean(values)),
  };
}

const digestOf = (hashes: readonly string[]) => createHash('sha256').update(hashes.join()).digest('hex');
