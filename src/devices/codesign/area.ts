import type { CodesignConfiguration } from './configuration.js';

/** What an accelerator takes of an FPGA. */
export interface Resources {
  /** Configurable logic blocks. */
  readonly clb: number;
  /** Blocks of 36 Kbit. */
  readonly bram36: number;
  readonly dsp: number;
}

/** Silicon area of a configurable logic block, mm² (Codesign-NAS, table 2, as the other two). */
const CLB_MM2 = 0.0044;
/** Logic blocks whose area a block RAM and a DSP block have. */
const BRAM36_CLB = 6;
const DSP_CLB = 10;

/** Bytes of an entry of the input buffer: 16 channels of a pixel in each of 8 rows, 8 bits each. */
export const INPUT_ENTRY_BYTES = 128;
/** Bytes of an entry of the weight buffer: 4 input channels for each filter, 8 bits each. */
const weightEntryBytes = ({ filters }: CodesignConfiguration) => 4 * filters;
/** Bytes of an entry of the output buffer: a sum of 32 bits for each filter. */
const outputEntryBytes = ({ filters }: CodesignConfiguration) => 4 * filters;

/** Engines for convolutions: one for all, or one for 1×1 and one for the rest. */
const convolutionEngines = ({ share3x3 }: CodesignConfiguration) => (share3x3 === 1 ? 1 : 2);

/**
 * Resources of an accelerator. Multipliers and buffers follow from the choices; what control and data paths add is
 * fitted to what is known of CHaiDNN's builds: 444 DSP blocks with 128 multipliers (its issue 33), 62,741 look-up
 * tables with these and without pooling (issue 93), 90 % of a ZU9EG's block RAM with 1,024 (issue 47).
 */
export function resourcesOf(configuration: CodesignConfiguration): Resources {
  const { filters, pixels, poolingEngines, memoryBits } = configuration;
  const multipliers = 2 * filters * pixels;
  const engines = convolutionEngines(configuration);
  const buffers =
    blocks(configuration.inputDepth, INPUT_ENTRY_BYTES) +
    // Two halves each: one is filled or emptied while the other is worked on.
    2 * blocks(configuration.weightDepth, weightEntryBytes(configuration)) +
    2 * blocks(configuration.outputDepth, outputEntryBytes(configuration));
  return {
    clb: 3000 + 4600 * engines + 10 * multipliers + 1500 * poolingEngines + (memoryBits === 512 ? 1000 : 0),
    bram36: 173 + engines * buffers + 8 * pixels + 40 * poolingEngines,
    dsp: multipliers + 220 * engines + 96 * poolingEngines,
  };
}

/** Area of resources, mm²: what the FPGA's silicon has for them. */
export function areaMm2({ clb, bram36, dsp }: Resources): number {
  return (clb + BRAM36_CLB * bram36 + DSP_CLB * dsp) * CLB_MM2;
}

/** Images per second and square centimetre, the published measure of a network on an accelerator. */
export function performancePerArea(latencyMs: number, area: number): number {
  return 1000 / latencyMs / (area / 100);
}

/** Blocks of 36 Kbit, each 1,024 entries of 36 bits, for a buffer. */
function blocks(depth: number, entryBytes: number): number {
  return (depth / 1024) * Math.ceil((entryBytes * 8) / 36);
}
