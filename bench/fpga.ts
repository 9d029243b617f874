import { codesignBench } from './codesign.js';
import { analyticBench } from './fpga/analytic.js';
import { bcnnBench } from './fpga/bcnn.js';
import { calibrationBench } from './fpga/calibration.js';
import { fnasBench } from './fpga/fnas.js';
import { fnasSearchBench } from './fpga/fnas-search.js';
import { labelBench } from './fpga/labels.js';
import { overlayBench } from './fpga/overlay.js';
import type { BenchOptions } from './pieces.js';

type Part = (options: BenchOptions) => void | Promise<void>;

/** Each by itself with `--only`. */
const quick: Readonly<Record<string, Part>> = {
  bcnn: bcnnBench,
  overlay: overlayBench,
  fnas: fnasBench,
  label: labelBench,
  calibration: calibrationBench,
};
/** Those that take minutes, in pieces of their own. */
const inPieces: Readonly<Record<string, Part>> = {
  analytic: analyticBench,
  'fnas-search': fnasSearchBench,
  codesign: codesignBench,
};

/** FPGA devices, labels and searches: every published number beside ours. */
export async function fpgaBench(options: BenchOptions): Promise<void> {
  const { only, list, tables } = options;
  for (const [name, part] of Object.entries(quick)) {
    if (only && !only.includes(name)) continue;
    if (list) console.log(name);
    else if (!tables) await part(options);
  }
  for (const [name, part] of Object.entries(inPieces)) {
    // A part that is asked for by its own name is run whole, with its tables.
    if (only?.includes(name)) await part({ ...options, only: undefined });
    else if (!only || only.some((piece) => piece.startsWith(`${name}/`))) await part(options);
  }
}
