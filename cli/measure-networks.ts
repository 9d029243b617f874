import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError } from '../src/base/errors.js';
import { withoutCsvEnding } from '../src/datasets/csv.js';
import type { NetworkToMeasure } from '../src/measure/campaign.js';
import { writeMeasuredNetworks } from '../src/measure/measured-networks.js';
import { referenceNetwork } from '../src/measure/reference-network.js';
import { otherMetrics } from '../src/measure/summary.js';
import type { GeneratedNetwork } from '../src/onnx/generate/families/generated-network.js';
import { familyNetworks, generatedPath, probeSets } from '../src/onnx/generate/generated-networks.js';
import { runnableModel } from '../src/onnx/read/runnable-model.js';
import { DEFAULT_RUNTIME, type RuntimeLevel } from '../src/runtimes/index.js';
import { type CampaignFlags, inWords, measuredCampaign } from './measure-campaign.js';
import type { InputSizes } from './onnx-file.js';
import { percent } from './percent.js';

/** Options that choose ONNX networks. */
export interface OnnxFlags {
  onnx?: string[];
  families?: number;
  probes?: string;
  shape?: InputSizes;
}

/** How a board behind a runner compiles networks is unknown. */
const UNKNOWN_RUNTIME: RuntimeLevel = { runtime: 'none', level: 'all' };

/** Whether the options choose ONNX networks rather than architectures of a space. */
export const areNetworks = ({ onnx, families, probes }: OnnxFlags): boolean =>
  onnx !== undefined || families !== undefined || probes !== undefined;

/** `tempograph measure --onnx`: latencies of ONNX files, generated families and probes, with their kernels' times. */
export async function measureNetworks(flags: CampaignFlags & OnnxFlags, signal: AbortSignal): Promise<void> {
  const candidates = candidatesOf(flags);
  const head = { probes: flags.probes ?? null, shape: shapesOf(flags) };
  const campaign = await measuredCampaign(flags, { candidates, reference: referenceNetwork, head }, signal);
  if (!campaign) return;
  const { out, device, summary, entries, context, callOverheadMs, versions } = campaign;
  const card = await writeMeasuredNetworks(out, candidates, entries, summary, {
    name: basename(withoutCsvEnding(out)),
    source: sourceOf(flags),
    licence: flags.licence,
    versions,
    device,
    callOverheadMs,
    lowering: flags.runner === undefined ? DEFAULT_RUNTIME : UNKNOWN_RUNTIME,
    ...context,
  });
  campaign.end();
  const others = otherMetrics(summary);
  if (others.length > 0) {
    console.error(`${others.join(', ')}: left out, because datasets of ONNX files hold only latencies`);
  }
  console.log(`${out}: ${card.rows} network${card.rows === 1 ? '' : 's'} on ${device.id}`);
  if (card.kernels) {
    const { rows, distinct, kinds } = card.kernels;
    console.log(`${rows} kernels, ${distinct} distinct ones of ${Object.keys(kinds).length} kinds`);
  }
  if (card.noise) {
    const { mape, within10 } = card.noise;
    console.log(
      `a group of runs is ${percent(mape)} off the median of the others, ${percent(within10)} are within 10 %`,
    );
  }
  if (card.measurement) console.log(inWords(card.measurement));
}

/** The networks that tempograph generates. */
export function generatedNetworks({
  families = 0,
  probes,
}: Pick<OnnxFlags, 'families' | 'probes'>): GeneratedNetwork[] {
  return [...(probes ? probeSets[probes]() : []), ...familyNetworks(families)];
}

/** @throws InputError naming a file that does not exist or is given twice */
function candidatesOf({ onnx = [], shape, ...generated }: OnnxFlags): NetworkToMeasure[] {
  const files = onnx.map((file): NetworkToMeasure => {
    if (!existsSync(file)) throw new InputError('there is no such file', { file, field: '--onnx' });
    for (const note of runnableModel(file, shape).notes) console.error(`${file}: ${note}`);
    return { architecture: file, model: () => runnableModel(file, shape).model };
  });
  const all = [
    ...files,
    ...generatedNetworks(generated).map((network) => ({
      architecture: generatedPath(network),
      model: () => network.model(),
    })),
  ];
  const names = all.map(({ architecture }) => architecture);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError('it is given twice', { file: twice, field: '--onnx' });
  return all;
}

/** The sizes of dynamic dimensions, as the journal keeps them. */
const shapesOf = ({ shape = new Map() }: OnnxFlags): string =>
  [...shape].map(([name, size]) => `${name}=${[size].flat().join('x')}`).join(' ');

/** The command that chose the networks. */
function sourceOf(flags: OnnxFlags): string {
  const { onnx, families, probes } = flags;
  const shapes = shapesOf(flags);
  const chosen = [
    onnx === undefined ? '' : ` --onnx (${onnx.length} files)`,
    shapes === '' ? '' : ` --shape ${shapes}`,
    families === undefined ? '' : ` --families ${families}`,
    probes === undefined ? '' : ` --probes ${probes}`,
  ];
  return `tempograph measure${chosen.join('')}`;
}
