import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What was learned of a device's kernels, in its folder. */
export const KERNELS_FILE = 'kernels.json';

/** Whether a folder holds a predictor of kernels, which answers for ONNX files and no architectures. */
export const holdsKernels = (folder: string): boolean => existsSync(join(folder, KERNELS_FILE));
