import { type LayerLatency, NetworkDoesNotFitError } from '../device.js';
import type { LayerShape } from '../lowering/layer.js';
import { INPUT_ENTRY_BYTES } from './area.js';
import type { CodesignConfiguration } from './configuration.js';
import type { AcceleratorOperation } from './operations.js';

/** A part of the accelerator that processes one operation at a time. */
export interface CodesignEngine {
  readonly kind: '1×1' | '3×3' | 'general' | 'pooling';
  /** Number of output pixels processed at a time; for the pooling engine, number of windows. */
  readonly pixels: number;
  /** Number of multipliers, in DSP blocks. */
  readonly dsp: number;
}

/** Cycles of an operation on an engine, from the processor's command to the last byte written. */
export interface OperationCycles {
  readonly cycles: number;
  readonly bottleneck: LayerLatency['bottleneck'];
}

/** Clock of engines and memory interface in MHz. Multipliers are clocked twice as fast (CHaiDNN, 250/500 MHz). */
export const CLOCK_MHZ = 250;
/** Input channels that a filter processes per cycle: two multipliers, each used twice. */
const CHANNELS_PER_CYCLE = 4;
/** Channels that the pooling engine processes per cycle, for windows of up to 3×3. */
const POOLING_CHANNELS = 16;
const POOLING_WINDOW = 9;
/**
 * Cycles between the processor's command and the first result: 20 µs. This is the only fitted constant; it
 * reproduces 207 images per second for GoogLeNet's accelerated layers on CHaiDNN (its guide to
 * hardware-software partitioning).
 */
export const LAUNCH_CYCLES = 5000;

/** The engines of a configuration: convolution engines first, with the 1×1 engine last among them. */
export function enginesOf({
  filters,
  pixels,
  share3x3,
  poolingEngines,
}: CodesignConfiguration): CodesignEngine[] {
  const engine = (kind: CodesignEngine['kind'], own: number) => ({
    kind,
    pixels: own,
    dsp: 2 * filters * own,
  });
  const large = Math.min(pixels - 1, Math.max(1, Math.round(share3x3 * pixels)));
  const engines: CodesignEngine[] =
    share3x3 === 1 ? [engine('general', pixels)] : [engine('3×3', large), engine('1×1', pixels - large)];
  if (poolingEngines > 0) engines.push({ kind: 'pooling', pixels: 1, dsp: 0 });
  return engines;
}

/** Whether an engine can run an operation. */
export function canRun(engine: CodesignEngine, { kind, shape }: AcceleratorOperation): boolean {
  if (kind === 'elementwise') return engine.kind !== 'pooling';
  if (kind === 'pooling') return engine.kind !== '1×1';
  const pointwise = shape!.kernelHeight * shape!.kernelWidth === 1;
  return engine.kind === 'general' || engine.kind === (pointwise ? '1×1' : '3×3');
}

/**
 * Cycles of an operation on an engine that can run it. Engines process tiles of output rows whose inputs fit
 * the input buffer and whose sums fit the output buffer, and in each tile one group of filters after the
 * other. Meanwhile, memory delivers the next data.
 *
 * @param device identifier, for errors
 * @throws NetworkDoesNotFitError if the buffers are too small for one row of the output
 */
export function cyclesOf(
  operation: AcceleratorOperation,
  engine: CodesignEngine,
  configuration: CodesignConfiguration,
  device: string,
): OperationCycles {
  const bytesPerCycle = configuration.memoryBits / 8;
  const { inputElements, outputElements, shape } = operation;
  if (!shape) {
    const compute = Math.ceil(outputElements / (configuration.filters * engine.pixels));
    return longest(compute, (inputElements + outputElements) / bytesPerCycle);
  }
  if (operation.kind === 'pooling') {
    const compute = engine.kind === 'pooling' ? poolingCycles(shape) : passes(shape, engine, configuration);
    return longest(compute, (inputElements + outputElements) / bytesPerCycle);
  }
  const { tiles, haloElements, inputPasses } = tiling(operation, shape, configuration, device);
  const compute = passes(shape, engine, configuration);
  const groupEntries =
    Math.ceil(shape.inChannels / CHANNELS_PER_CYCLE) * shape.kernelHeight * shape.kernelWidth;
  const filterGroups = Math.ceil(shape.outChannels / configuration.filters);
  // Either all weights stay in the buffer, or each tile loads them again.
  const weightLoads = groupEntries * filterGroups <= configuration.weightDepth ? 1 : tiles;
  const weightCycles = (operation.weightElements * weightLoads) / bytesPerCycle;
  // If the input channels come in several passes, sums go to memory and back, at 4 bytes each.
  const spilled = 8 * (inputPasses - 1) * outputElements;
  const moved = inputElements + haloElements + outputElements + spilled;
  // If one group of filters fills the buffer, the next group's weights can only be loaded after it.
  const exposed = groupEntries > configuration.weightDepth ? weightCycles : 0;
  return longest(compute + exposed, moved / bytesPerCycle + weightCycles);
}

function longest(compute: number, memory: number): OperationCycles {
  const work = Math.ceil(Math.max(compute, memory));
  const bottleneck = LAUNCH_CYCLES > work ? 'overhead' : memory > compute ? 'memory' : 'compute';
  return { cycles: LAUNCH_CYCLES + work, bottleneck };
}

/** Cycles of the multipliers. The filters of one group of the convolution share the pixels that they read. */
function passes(shape: LayerShape, engine: CodesignEngine, { filters }: CodesignConfiguration): number {
  const { inChannels, outChannels, groups, outHeight, outWidth, kernelHeight, kernelWidth } = shape;
  const filterGroups = groups * Math.ceil(outChannels / groups / filters);
  const pixelGroups = Math.ceil((outHeight * outWidth) / engine.pixels);
  return filterGroups * pixelGroups * Math.ceil(inChannels / CHANNELS_PER_CYCLE) * kernelHeight * kernelWidth;
}

function poolingCycles({ outChannels, outHeight, outWidth, kernelHeight, kernelWidth }: LayerShape): number {
  const windows = Math.ceil((kernelHeight * kernelWidth) / POOLING_WINDOW);
  return Math.ceil(outChannels / POOLING_CHANNELS) * outHeight * outWidth * windows;
}

/** Number of tiles of output rows, elements read twice where tiles overlap, and passes over the input channels. */
function tiling(
  { inputElements, inputWidth }: AcceleratorOperation,
  shape: LayerShape,
  configuration: CodesignConfiguration,
  device: string,
): { tiles: number; haloElements: number; inputPasses: number } {
  const { inChannels, groups, outHeight, outWidth, spanHeight, strideHeight } = shape;
  if (outWidth > configuration.outputDepth) {
    throw new NetworkDoesNotFitError(
      device,
      'entries of the output buffer',
      outWidth,
      configuration.outputDepth,
    );
  }
  const capacity = configuration.inputDepth * INPUT_ENTRY_BYTES;
  const channels = inChannels * groups;
  const rowBytes = inputWidth * channels;
  const leastBytes = spanHeight * inputWidth * Math.min(channels, CHANNELS_PER_CYCLE);
  if (leastBytes > capacity) {
    throw new NetworkDoesNotFitError(device, 'bytes of the input buffer', leastBytes, capacity);
  }
  const rowsByOutput = Math.floor(configuration.outputDepth / outWidth);
  const rowsByInput = Math.floor((Math.floor(capacity / rowBytes) - spanHeight) / strideHeight) + 1;
  if (rowsByInput < 1) {
    const inputPasses = Math.ceil((spanHeight * rowBytes) / capacity);
    return { tiles: outHeight, haloElements: haloOf(outHeight, shape, rowBytes, inputElements), inputPasses };
  }
  const tiles = Math.ceil(outHeight / Math.min(rowsByInput, rowsByOutput));
  // A map that fits completely into the buffer is read once, however the output is tiled.
  const haloElements = inputElements <= capacity ? 0 : haloOf(tiles, shape, rowBytes, inputElements);
  return { tiles, haloElements, inputPasses: 1 };
}

/** Number of elements that are read again where tiles overlap. */
function haloOf(
  tiles: number,
  { spanHeight, strideHeight }: LayerShape,
  rowBytes: number,
  inputElements: number,
): number {
  return Math.min(
    (tiles - 1) * Math.max(0, spanHeight - strideHeight) * rowBytes,
    (tiles - 1) * inputElements,
  );
}
