import { join } from 'node:path';
import { InputError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';
import { csvRows } from './csv.js';

/** timm's measurement of a published network on one device. */
export interface TimmTime {
  readonly batch: number;
  /** Time of a whole batch in ms. */
  readonly ms: number;
}

/** A published network at one image size, in timm's result tables. */
export interface TimmRow {
  readonly network: string;
  readonly imageSize: number;
  /** Millions, to two decimals. */
  readonly parametersM: number;
  /** Billions for one image, to two decimals. */
  readonly gmacs: number;
  /** Millions of elements that convolutions and matrix products write for one image. */
  readonly activationsM: number;
  /** By device. */
  readonly times: Readonly<Record<string, TimmTime>>;
}

/** ImageNet accuracy of published weights at one image size. */
export interface AccuracyRow {
  readonly network: string;
  /** Tag of the weights, such as `a1_in1k`. */
  readonly weights: string;
  readonly imageSize: number;
  /** Per cent. */
  readonly top1: number;
}

/** Devices with times in the table. */
export const TIMM_DEVICES = ['rtx3090', 'rtx4090', 'i7_12700h'] as const;

/** Result tables of pytorch-image-models at aa4b5850 (Apache-2.0), for the networks of the zoo. */
export async function timmNetworks(
  file = join(packageRoot, 'datasets/timm_networks.csv.gz'),
): Promise<TimmRow[]> {
  return (await table(file)).map((row) => ({
    network: row.text('network'),
    imageSize: row.number('image_size'),
    parametersM: row.number('parameters_m'),
    gmacs: row.number('gmacs'),
    activationsM: row.number('activations_m'),
    times: Object.fromEntries(
      TIMM_DEVICES.filter((device) => row.text(`${device}_ms`) !== '').map((device) => [
        device,
        { batch: row.number(`${device}_batch`), ms: row.number(`${device}_ms`) },
      ]),
    ),
  }));
}

export async function timmAccuracies(
  file = join(packageRoot, 'datasets/timm_imagenet.csv.gz'),
): Promise<AccuracyRow[]> {
  return (await table(file)).map((row) => ({
    network: row.text('network'),
    weights: row.text('weights'),
    imageSize: row.number('image_size'),
    top1: row.number('top1'),
  }));
}

interface Row {
  text(column: string): string;
  number(column: string): number;
}

async function table(file: string): Promise<Row[]> {
  let columns: string[] | undefined;
  const rows: Row[] = [];
  for await (const { record, line } of csvRows(file)) {
    if (columns === undefined) {
      columns = record;
      continue;
    }
    const head = columns;
    const text = (column: string) => {
      const at = head.indexOf(column);
      if (at < 0) throw new InputError('the table needs this column', { file, column });
      return record[at];
    };
    const number = (column: string) => {
      const value = Number(text(column));
      if (text(column) === '' || !Number.isFinite(value)) {
        throw new InputError('is not a number', { file, line, column });
      }
      return value;
    };
    rows.push({ text, number });
  }
  return rows;
}
