import type { Command } from 'commander';

/** A command of the command line; its code is loaded only when it is needed. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  register(): Promise<(command: Command) => void>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    description: 'answer latency queries over HTTP and on a web page',
    register: async () => (await import('./serve.js')).registerServe,
  },
  {
    name: 'worker',
    description: 'run the jobs of services that share a PostgreSQL',
    register: async () => (await import('./worker.js')).registerWorker,
  },
  {
    name: 'keys',
    description: 'add, list and remove API keys of the service',
    register: async () => (await import('./keys.js')).registerKeys,
  },
  {
    name: 'backup',
    description: 'write everything the service keeps to one file',
    register: async () => (await import('./backup.js')).registerBackup,
  },
  {
    name: 'restore',
    description: 'fill an empty data folder or PostgreSQL from a backup',
    register: async () => (await import('./restore.js')).registerRestore,
  },
  {
    name: 'predict',
    description: 'predict latency, energy or memory of architectures',
    register: async () => (await import('./predict.js')).registerPredict,
  },
  {
    name: 'devices',
    description: 'list devices with a trained predictor, and analytic devices with their parameters',
    register: async () => (await import('./devices.js')).registerDevices,
  },
  {
    name: 'train',
    description: 'train a predictor of one metric of one device',
    register: async () => (await import('./train.js')).registerTrain,
  },
  {
    name: 'evaluate',
    description: 'compare predictors on held-out measurements',
    register: async () => (await import('./evaluate.js')).registerEvaluate,
  },
  {
    name: 'transfer',
    description: 'learn a new device from a few samples and from devices already known',
    register: async () => (await import('./transfer.js')).registerTransfer,
  },
  {
    name: 'suggest',
    description: 'suggest which architectures to measure next on a new device',
    register: async () => (await import('./suggest.js')).registerSuggest,
  },
  {
    name: 'search',
    description: 'find the most accurate network within latency limits while training only a few',
    register: async () => (await import('./search.js')).registerSearch,
  },
  {
    name: 'darts',
    description:
      'search a supernet of cells on your own images by gradient descent, with latency in the loss',
    register: async () => (await import('./darts.js')).registerDarts,
  },
  {
    name: 'one-shot',
    description:
      'train a supernet on images of your own, whose shared weights judge the networks of a search',
    register: async () => (await import('./one-shot.js')).registerOneShot,
  },
  {
    name: 'train-alone',
    description: 'train a network of such a supernet from scratch, and write it as ONNX',
    register: async () => (await import('./train-alone.js')).registerTrainAlone,
  },
  {
    name: 'pool',
    description: 'choose the operators of each layer that offer the most capacity for their time on a device',
    register: async () => (await import('./pool.js')).registerPool,
  },
  {
    name: 'search-worker',
    description: "train the networks of a service's search, alongside any number of other workers",
    register: async () => (await import('./search-worker.js')).registerSearchWorker,
  },
  {
    name: 'runs',
    description: 'list and compare the logs of searches',
    register: async () => (await import('./runs.js')).registerRuns,
  },
  {
    name: 'codesign',
    description:
      'find the frontier of accuracy, latency and area over all pairs of a network and an accelerator',
    register: async () => (await import('./codesign.js')).registerCodesign,
  },
  {
    name: 'compress',
    description:
      'make an ONNX model smaller or faster by factorising its weight matrices, at ranks found by a search',
    register: async () => (await import('./compress.js')).registerCompress,
  },
  {
    name: 'emulate',
    description: 'learn a slow simulator from a few of its runs and answer in its place, with intervals',
    register: async () => (await import('./emulate.js')).registerEmulate,
  },
  {
    name: 'measure',
    description: 'run networks on this machine or on a board and write their latencies as a dataset',
    register: async () => (await import('./measure.js')).registerMeasure,
  },
  {
    name: 'export-onnx',
    description: 'write architectures as ONNX models with random weights',
    register: async () => (await import('./export-onnx.js')).registerExportOnnx,
  },
  {
    name: 'export-graph',
    description: 'write a network as a graph for other programs: JSON or GraphML',
    register: async () => (await import('./export-graph.js')).registerExportGraph,
  },
  {
    name: 'strip',
    description: 'remove the values of weights from an ONNX file',
    register: async () => (await import('./strip.js')).registerStrip,
  },
  {
    name: 'import',
    description: 'check a CSV of measurements and write it, normalised and with a card',
    register: async () => (await import('./import.js')).registerImport,
  },
  {
    name: 'label',
    description: 'compute the latencies of a whole search space, or of a sample, on analytic devices',
    register: async () => (await import('./label.js')).registerLabel,
  },
  {
    name: 'networks',
    description: 'list published networks, or the most accurate ones under a latency limit',
    register: async () => (await import('./networks.js')).registerNetworks,
  },
  {
    name: 'breakdown',
    description: 'show the layers of a network on an analytic device: cycles, bottleneck, resources',
    register: async () => (await import('./breakdown.js')).registerBreakdown,
  },
  {
    name: 'calibrate',
    description: "fit an analytic device's constants to measurements",
    register: async () => (await import('./calibrate.js')).registerCalibrate,
  },
  {
    name: 'models',
    description: 'retrain the predictors that ship with this package',
    register: async () => (await import('./models.js')).registerModels,
  },
  {
    name: 'doctor',
    description: 'show versions, backends, threads, memory, and the free disk space of each folder',
    register: async () => (await import('./doctor.js')).registerDoctor,
  },
];
