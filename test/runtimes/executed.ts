import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from '../../src/base/onnxruntime.js';
import { type ProfiledNode, profiledNodes } from '../../src/runtimes/onnxruntime/profile.js';
import { temporaryFolder } from '../temporary-folder.js';

/** What onnxruntime itself executes of a model, from its optimised model and the profile of one run on zeros. */
export async function executedByOnnxruntime(
  model: Uint8Array,
  graphOptimizationLevel: 'basic' | 'all',
): Promise<ProfiledNode[]> {
  const folder = temporaryFolder();
  const optimizedModelFilePath = join(folder, 'optimised.onnx');
  const session = await ort.openSession(model, 1, {
    graphOptimizationLevel,
    optimizedModelFilePath,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  });
  await session.run(Object.fromEntries(session.inputMetadata.map((input) => [input.name, zeros(input)])));
  session.endProfiling();
  await session.release();
  const profile = (await readdir(folder)).find((name) => name.endsWith('.json')) as string;
  return profiledNodes(await readFile(optimizedModelFilePath), await readFile(join(folder, profile), 'utf8'));
}

function zeros(input: ort.InferenceSession.ValueMetadata): ort.Tensor {
  const shape = input.isTensor ? input.shape.map((size) => (typeof size === 'number' ? size : 1)) : [];
  const size = shape.reduce((product, d) => product * d, 1);
  return input.isTensor && input.type === 'int64'
    ? new ort.Tensor('int64', new BigInt64Array(size), shape)
    : new ort.Tensor('float32', new Float32Array(size), shape);
}
