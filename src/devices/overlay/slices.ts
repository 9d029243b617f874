import type { LayerShape } from '../lowering/layer.js';
import type { Pass } from './pass.js';
import type { Program } from './passes.js';

/** Which tensors the stream buffer has no room for, and how much it holds at each time. */
export interface Residence {
  /** Tensors that are kept in external memory. */
  readonly spilled: ReadonlySet<string>;
  /** For each pass, the number of elements in the stream buffer while it runs. */
  readonly held: readonly number[];
}

/**
 * Runs through the program and spills the output of a pass if the stream buffer, which holds everything that
 * is read later, has no room for it. The network's inputs are in external memory from the start.
 *
 * @param capacity of the stream buffer in elements
 */
export function residence({ passes, elements, inputs, outputs }: Program, capacity: number): Residence {
  const lastReadAt = lastReads(passes);
  const spilled = new Set(inputs);
  const resident = new Set<string>();
  const held: number[] = [];
  let used = 0;
  for (const [i, pass] of passes.entries()) {
    for (const tensor of pass.writes) {
      if (!lastReadAt.has(tensor) && !outputs.has(tensor)) continue;
      const size = elements.get(tensor)!;
      // Results also leave through external memory.
      if (used + size > capacity || outputs.has(tensor)) spilled.add(tensor);
      else {
        resident.add(tensor);
        used += size;
      }
    }
    held.push(used);
    for (const tensor of resident) {
      if (lastReadAt.get(tensor)! > i) continue;
      resident.delete(tensor);
      used -= elements.get(tensor)!;
    }
  }
  return { spilled, held };
}

/** For each tensor, the index of the last pass that reads it. */
export function lastReads(passes: readonly Pass[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [i, { reads }] of passes.entries()) for (const tensor of reads) last.set(tensor, i);
  return last;
}

/** Consecutive passes that process one slice of rows after another, so that the maps between them stay on chip. */
export interface SlicedGroup {
  readonly slices: number;
  /** For each pass, the number of rows computed in all slices together: more than the map has if slices overlap. */
  readonly rows: readonly number[];
  /** For each pass, the number of elements to or from external memory. */
  readonly moved: readonly number[];
}

/**
 * The smallest number of slices with which the passes `first` … `last` fit the available room; undefined if
 * none does. Maps inside the group never go to external memory. Maps from earlier passes, or read by later
 * ones, do if they are spilled.
 *
 * @param room free elements of the stream buffer
 */
export function slicedGroup(
  { passes, elements, outputs }: Program,
  spilled: ReadonlySet<string>,
  lastReadAt: ReadonlyMap<string, number>,
  first: number,
  last: number,
  room: number,
): SlicedGroup | undefined {
  const group = passes.slice(first, last + 1);
  if (group.some(({ shape }) => shape === undefined || shape.outHeight < 2)) return undefined;
  const writer = new Map(group.flatMap(({ writes }, i) => writes.map((tensor) => [tensor, i] as const)));
  const leaves = (tensor: string) => outputs.has(tensor) || lastReadAt.get(tensor)! > last;
  const most = Math.min(...group.map(({ shape }) => shape!.outHeight));
  for (let slices = 1; slices <= most; slices = Math.max(slices + 1, Math.floor(slices * 1.25))) {
    const rows = sliceRows(group, writer, slices);
    if (peakElements(group, elements, writer, rows) > room) continue;
    return {
      slices,
      rows: group.map(({ shape }, i) => Math.max(shape!.outHeight, slices * rows[i])),
      moved: group.map(({ reads, writes }) => {
        const external = reads.filter((tensor) => !writer.has(tensor) && spilled.has(tensor));
        const leaving = writes.filter((tensor) => spilled.has(tensor) && leaves(tensor));
        return [...external, ...leaving].reduce((sum, tensor) => sum + elements.get(tensor)!, 0);
      }),
    };
  }
  return undefined;
}

/** Rows per slice of each pass: enough for the slices of all its readers in the group. */
function sliceRows(group: readonly Pass[], writer: ReadonlyMap<string, number>, slices: number): number[] {
  const rows = group.map(({ shape }) => Math.ceil(shape!.outHeight / slices));
  for (let i = group.length - 1; i >= 0; i--) {
    const shape = group[i].shape!;
    for (const tensor of group[i].reads) {
      const source = writer.get(tensor);
      if (source === undefined || source === i) continue;
      rows[source] = Math.max(rows[source], rowsUnder(shape, rows[i], group[source].shape!));
    }
  }
  return rows;
}

/** Rows of a source under a slice of its reader. Pooling fused to the source makes its map lower than its rows. */
function rowsUnder(reader: LayerShape, rows: number, source: LayerShape): number {
  const read = (rows - 1) * reader.strideHeight + reader.spanHeight;
  const whole = reader.outHeight * reader.strideHeight;
  return Math.min(source.outHeight, Math.ceil((read * source.outHeight) / whole));
}

/** The largest number of elements that slices of the group's maps, including the maps it reads, take at a time. */
function peakElements(
  group: readonly Pass[],
  elements: ReadonlyMap<string, number>,
  writer: ReadonlyMap<string, number>,
  rows: readonly number[],
): number {
  const share = (tensor: string, at: number) => {
    const i = writer.get(tensor) ?? at;
    return elements.get(tensor)! * Math.min(1, rows[i] / group[i].shape!.outHeight);
  };
  const last = lastReads(group);
  const live = new Map<string, number>();
  let peak = 0;
  for (const [i, { reads, writes }] of group.entries()) {
    for (const tensor of [...reads, ...writes]) if (!live.has(tensor)) live.set(tensor, share(tensor, i));
    let sum = 0;
    for (const size of live.values()) sum += size;
    peak = Math.max(peak, sum);
    for (const tensor of live.keys()) if ((last.get(tensor) ?? -1) <= i) live.delete(tensor);
  }
  return peak;
}
