import type { CodesignConfiguration } from './configuration.js';

/** The FPGA resources of an accelerator. */
export interface Resources {
  /** Configurable logic blocks. */
  readonly clb: number;
  /** Blocks of 36 Kbit. */
  readonly bram36: number;
  readonly dsp: number;
}

/** Silicon area of a configurable logic block in mm² (Codesign-NAS, table 2, like the next two). */
const CLB_MM2 = 0.0044;
/** The area of a block RAM and of a DSP block, in configurable logic blocks. */
const BRAM36_CLB = 6;
const DSP_CLB = 10;

/** Bytes per entry of the input buffer: 16 channels of a pixel in each of 8 rows, 8 bits each. */
export const INPUT_ENTRY_BYTES = 128;
/** Bytes per entry of the weight buffer: 4 input channels for each filter, 8 bits each. */
const weightEntryBytes = ({ filters }: CodesignConfiguration) => 4 * filters;
/** Bytes per entry of the output buffer: a 32-bit sum for each filter. */
const outputEntryBytes = ({ filters }: CodesignConfiguration) => 4 * filters;

/** Number of convolution engines: one for all, or one for 1×1 and one for the rest. */
const convolutionEngines = ({ share3x3 }: CodesignConfiguration) => (share3x3 === 1 ? 1 : 2);

/**
 * Resources of an accelerator. Multipliers and buffers follow from the choices. The resources of control and
 * data paths are fitted to what is known about builds of CHaiDNN: 444 DSP blocks with 128 multipliers (its
 * issue 33), 62,741 look-up tables with these and without pooling (issue 93), 90 % of a ZU9EG's block RAM
 * with 1,024 (issue 47).
 */
export function resourcesOf(configuration: CodesignConfiguration): Resources {
  const { filters, pixels, poolingEngines, memoryBits } = configuration;
  const multipliers = 2 * filters * pixels;
  const engines = convolutionEngines(configuration);
  const buffers =
    blocks(configuration.inputDepth, INPUT_ENTRY_BYTES) +
    // Each has two halves: one is filled or emptied while the other is in use.
    2 * blocks(configuration.weightDepth, weightEntryBytes(configuration)) +
    2 * blocks(configuration.outputDepth, outputEntryBytes(configuration));
  return {
    clb: 3000 + 4600 * engines + 10 * multipliers + 1500 * poolingEngines + (memoryBits === 512 ? 1000 : 0),
    bram36: 173 + engines * buffers + 8 * pixels + 40 * poolingEngines,
    dsp: multipliers + 220 * engines + 96 * poolingEngines,
  };
}

/** Silicon area of these resources on the FPGA, in mm². */
export function areaMm2({ clb, bram36, dsp }: Resources): number {
  return (clb + BRAM36_CLB * bram36 + DSP_CLB * dsp) * CLB_MM2;
}

/** Images per second and cm², the published measure of a network on an accelerator; latency in ms, area in mm². */
export function performancePerArea(latencyMs: number, area: number): number {
  return 1000 / latencyMs / (area / 100);
}

/** Number of 36-Kbit blocks (1,024 entries of 36 bits each) for a buffer. */
function blocks(depth: number, entryBytes: number): number {
  return (depth / 1024) * Math.ceil((entryBytes * 8) / 36);
}
