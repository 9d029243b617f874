import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** File with the learned kernels in a predictor's folder. */
export const KERNELS_FILE = 'kernels.json';

/** Whether a folder holds a kernel predictor, which predicts ONNX files but no architectures. */
export const holdsKernels = (folder: string): boolean => existsSync(join(folder, KERNELS_FILE));
