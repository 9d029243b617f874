import { familyNetwork, type GeneratedNetwork } from './families/generated-network.js';
import { families } from './families/registry.js';
import { kernelChains } from './probes/kernel-chains.js';
import { standardProbes } from './probes/standard.js';

/** The path of a generated network's ONNX file: a folder for each family. */
export const generatedPath = ({ family, name }: GeneratedNetwork): string => `${family}/${name}.onnx`;

/** Sets of networks for measuring a device. */
export const probeSets: Readonly<Record<string, () => GeneratedNetwork[]>> = {
  standard: standardProbes,
  kernels: kernelChains,
};

/** The first `ofEach` networks of every family. */
export function familyNetworks(ofEach: number): GeneratedNetwork[] {
  return families.flatMap((family) =>
    Array.from({ length: ofEach }, (_, number) => familyNetwork(family, number)),
  );
}

/** The network that a generator makes for a path; undefined if the path is not of a generated network. */
export function generatedNetwork(path: string): GeneratedNetwork | undefined {
  const [folder, file] = path.split('/').slice(-2);
  const name = file?.replace(/\.onnx$/i, '');
  if (folder === 'chains') return kernelChains().find((chain) => chain.name === name);
  if (folder === 'probes') return standardProbes().find((probe) => probe.name === name);
  const family = families.find((known) => known.name === folder);
  const number = name?.match(/_(\d+)$/)?.[1];
  if (!family || number === undefined || name !== `${folder}_${number}`) return undefined;
  return familyNetwork(family, Number(number));
}
