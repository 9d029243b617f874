import { type Static, Type } from '#typebox';

/** Minimum and maximum of plausible values of a board's resources. */
export const BOARD_RANGES = {
  dsp: [1, 100_000],
  narrowProductsPerDsp: [1, 16],
  bram36: [1, 100_000],
  logic: [1000, 100_000_000],
  bandwidthGBps: [0.01, 10_000],
  clockMHz: [1, 2000],
} as const;

function range(of: keyof typeof BOARD_RANGES): { minimum: number; maximum: number } {
  const [minimum, maximum] = BOARD_RANGES[of];
  return { minimum, maximum };
}

/** An FPGA board with the properties that analytic models use. */
export const Board = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]*$', maxLength: 40 }),
    description: Type.String({ minLength: 1, maxLength: 200 }),
    /** Multiplier blocks; each does at least one 16×16-bit multiplication per cycle. */
    dsp: Type.Integer(range('dsp')),
    /**
     * Products per cycle of two 6-bit mantissas (11-bit floating point) in one multiplier block. An Arria 10
     * block has two 18×19-bit multipliers, a Xilinx block one. That each of these forms two products with a
     * shared operand is this project's assumption.
     */
    narrowProductsPerDsp: Type.Integer(range('narrowProductsPerDsp')),
    /** On-chip memory in blocks of 36 Kbit. */
    bram36: Type.Integer(range('bram36')),
    /** Look-up tables (Intel: adaptive logic modules). */
    logic: Type.Integer(range('logic')),
    /** Peak bandwidth to external memory in GB/s (10⁹ bytes). */
    bandwidthGBps: Type.Number(range('bandwidthGBps')),
    /** Clock of the accelerator in MHz, as in published designs on that board; the fabric's limit is higher. */
    clockMHz: Type.Number(range('clockMHz')),
  },
  { additionalProperties: false },
);
export type Board = Readonly<Static<typeof Board>>;

/**
 * Resource counts: Xilinx DS190 (Zynq-7000), DS891 (Zynq UltraScale+), DS180 (7 series); Intel Arria 10 Device
 * Overview. Bandwidth: width × transfer rate of the board's memory in its user guide.
 */
export const BOARDS: readonly Board[] = [
  {
    id: 'pynq_z1',
    description: 'PYNQ-Z1 (Zynq 7Z020), 16-bit DDR3-1050',
    dsp: 220,
    narrowProductsPerDsp: 2,
    bram36: 140,
    logic: 53_200,
    bandwidthGBps: 2.1,
    clockMHz: 100,
  },
  {
    id: 'zc706',
    description: 'ZC706 (Zynq 7Z045), 32-bit DDR3-1066',
    dsp: 900,
    narrowProductsPerDsp: 2,
    bram36: 545,
    logic: 218_600,
    bandwidthGBps: 4.26,
    clockMHz: 150,
  },
  {
    id: 'zcu102',
    description: 'ZCU102 (Zynq UltraScale+ ZU9EG), 64-bit DDR4-2133',
    dsp: 2520,
    narrowProductsPerDsp: 2,
    bram36: 912,
    logic: 274_080,
    bandwidthGBps: 17.06,
    clockMHz: 200,
  },
  {
    // 2,713 M20K blocks of 20 Kbit equal 1,507 blocks of 36 Kbit. Clock: Aydonat et al., FPGA 2017.
    id: 'arria10_1150',
    description: 'Arria 10 GX development kit (10AX115), 64-bit DDR4-2133',
    dsp: 1518,
    narrowProductsPerDsp: 4,
    bram36: 1507,
    logic: 427_200,
    bandwidthGBps: 17.06,
    clockMHz: 303,
  },
  {
    // Clock: the binary streaming accelerator on this chip (arXiv:1702.06392).
    id: 'virtex7_690t',
    description: 'VC709 (Virtex-7 690T), two 64-bit DDR3-1866',
    dsp: 3600,
    narrowProductsPerDsp: 2,
    bram36: 1470,
    logic: 433_200,
    bandwidthGBps: 29.86,
    clockMHz: 90,
  },
];
