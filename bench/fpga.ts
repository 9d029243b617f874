import { codesignBench } from './codesign.js';
import { analyticBench } from './fpga/analytic.js';
import { bcnnBench } from './fpga/bcnn.js';
import { calibrationBench } from './fpga/calibration.js';
import { fnasBench } from './fpga/fnas.js';
import { fnasSearchBench } from './fpga/fnas-search.js';
import { labelBench } from './fpga/labels.js';
import { overlayBench } from './fpga/overlay.js';
import type { BenchOptions } from './pieces.js';

/** Each by itself with `--only`; those that take minutes come in pieces of their own. */
const PARTS: Readonly<Record<string, (options: BenchOptions) => void | Promise<void>>> = {
  bcnn: bcnnBench,
  overlay: overlayBench,
  fnas: fnasBench,
  label: labelBench,
  calibration: calibrationBench,
  analytic: analyticBench,
  'fnas-search': fnasSearchBench,
  codesign: codesignBench,
};
const IN_PIECES = ['analytic', 'fnas-search', 'codesign'];

/** FPGA devices, labels and searches: every published number beside ours. */
export async function fpgaBench(options: BenchOptions): Promise<void> {
  const { only, list, tables } = options;
  for (const [name, part] of Object.entries(PARTS)) {
    const inPieces = IN_PIECES.includes(name);
    if (only && !only.some((o) => o === name || (inPieces && o.startsWith(`${name}/`)))) continue;
    if (inPieces) {
      // A part that is asked for by its own name is run whole, with its tables.
      await part(only?.includes(name) ? { ...options, only: undefined } : options);
    } else if (list) console.log(name);
    else if (!tables) await part(options);
  }
}
