import { InputError, quote } from '../base/errors.js';
import type { TensorGraph } from '../onnx/read/tensor-graph.js';
import type { Kernel } from './kernel.js';
import { kernelOf } from './kernel-of.js';
import { activatedConvolutions } from './onnxruntime/epilogues.js';
import { applyLevels, ONNXRUNTIME_CPU } from './onnxruntime/levels.js';
import type { Rule } from './onnxruntime/rewrite.js';
import {
  commonSubexpressions,
  foldedIntoConvolutions,
  withoutEffect,
} from './onnxruntime/simplifications.js';
import { RewrittenGraph } from './rewritten-graph.js';
import type { RuntimeNode } from './runtime-node.js';

/**
 * Rewriting that every compiler does: constants into convolutions, and an activation into the convolution
 * before it.
 */
const GENERIC: readonly (readonly Rule[])[] = [
  [withoutEffect, commonSubexpressions, foldedIntoConvolutions],
  [activatedConvolutions],
];

/** Runtimes whose rewriting is known, with their levels; `none` is for devices about which nothing is known. */
export const RUNTIMES: Readonly<Record<string, Readonly<Record<string, readonly (readonly Rule[])[]>>>> = {
  'onnxruntime-cpu': ONNXRUNTIME_CPU,
  none: { all: GENERIC },
};

/** The rewriting that determines a device's kernels. */
export interface RuntimeLevel {
  readonly runtime: string;
  readonly level: string;
}

export const DEFAULT_RUNTIME: RuntimeLevel = { runtime: 'onnxruntime-cpu', level: 'all' };

/** A kernel, and the node of the network that it comes from. */
export interface NamedKernel {
  readonly name: string;
  readonly kernel: Kernel;
}

/**
 * The nodes of a network that a runtime executes, without running any of them.
 *
 * @throws InputError that lists the known names if there is no such runtime or level
 */
export function executedNodes(
  graph: TensorGraph,
  { runtime, level }: RuntimeLevel,
): { name: string; node: RuntimeNode }[] {
  assertRuntime({ runtime, level });
  const rewritten = new RewrittenGraph(graph);
  applyLevels(rewritten, RUNTIMES[runtime][level]);
  return rewritten.runtimeNodes();
}

/** @throws InputError that lists the known names if there is no such runtime or level */
export function assertRuntime({ runtime, level }: RuntimeLevel): void {
  if (!Object.hasOwn(RUNTIMES, runtime)) {
    throw new InputError(
      `no runtime ${quote(runtime)} is known; known are ${Object.keys(RUNTIMES).join(', ')}`,
    );
  }
  const levels = RUNTIMES[runtime];
  if (!Object.hasOwn(levels, level)) {
    throw new InputError(
      `${runtime} has no level ${quote(level)}; there are ${Object.keys(levels).join(', ')}`,
    );
  }
}

/**
 * The kernels that a runtime calls to execute a network, each after those that it reads.
 *
 * @throws InputError that lists the known names if there is no such runtime or level
 */
export const lowered = (graph: TensorGraph, at: RuntimeLevel = DEFAULT_RUNTIME): NamedKernel[] =>
  executedNodes(graph, at).map(({ name, node }) => ({ name, kernel: kernelOf(node) }));
