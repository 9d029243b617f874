import type { Command } from 'commander';

/** A command of the command line, whose code is loaded when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  register(): Promise<(command: Command) => void>;
}

/** Every command, in the order in which help lists them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    description: 'answer latency queries over HTTP, with a page',
    register: async () => (await import('./serve.js')).registerServe,
  },
  {
    name: 'worker',
    description: 'run the jobs of services that share a PostgreSQL',
    register: async () => (await import('./worker.js')).registerWorker,
  },
  {
    name: 'keys',
    description: 'API keys of the service',
    register: async () => (await import('./keys.js')).registerKeys,
  },
  {
    name: 'backup',
    description: 'write everything that the service keeps into one file',
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
    description: 'train a predictor of a metric of one device',
    register: async () => (await import('./train.js')).registerTrain,
  },
  {
    name: 'evaluate',
    description: 'score predictors beside each other on held-out measurements',
    register: async () => (await import('./evaluate.js')).registerEvaluate,
  },
  {
    name: 'transfer',
    description: 'learn a new device from a few samples and the devices known before',
    register: async () => (await import('./transfer.js')).registerTransfer,
  },
  {
    name: 'suggest',
    description: 'say which architectures to measure next on a new device',
    register: async () => (await import('./suggest.js')).registerSuggest,
  },
  {
    name: 'search',
    description: 'find the most accurate network, within latency limits, while training few',
    register: async () => (await import('./search.js')).registerSearch,
  },
  {
    name: 'darts',
    description: 'search a supernet of cells on images of your own, by gradients, with latency in the loss',
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
    description: 'choose the operators of each layer that have the most capacity for their time on a device',
    register: async () => (await import('./pool.js')).registerPool,
  },
  {
    name: 'search-worker',
    description: "train the networks of a service's search, beside any number of other workers",
    register: async () => (await import('./search-worker.js')).registerSearchWorker,
  },
  {
    name: 'runs',
    description: 'list and compare the logs of searches',
    register: async () => (await import('./runs.js')).registerRuns,
  },
  {
    name: 'codesign',
    description: 'find every best pair of a network and a codesign accelerator: accuracy, latency, area',
    register: async () => (await import('./codesign.js')).registerCodesign,
  },
  {
    name: 'compress',
    description: 'make an ONNX model smaller or faster: a search for the ranks of its weight matrices',
    register: async () => (await import('./compress.js')).registerCompress,
  },
  {
    name: 'emulate',
    description: 'learn a slow simulator from few of its runs, answer in its place, and say how sure that is',
    register: async () => (await import('./emulate.js')).registerEmulate,
  },
  {
    name: 'measure',
    description: 'run networks on this machine or on a board, and write their latencies as a dataset',
    register: async () => (await import('./measure.js')).registerMeasure,
  },
  {
    name: 'export-onnx',
    description: 'write architectures as ONNX models with random weights',
    register: async () => (await import('./export-onnx.js')).registerExportOnnx,
  },
  {
    name: 'export-graph',
    description: 'write a network as a graph that other programs read: JSON, GraphML',
    register: async () => (await import('./export-graph.js')).registerExportGraph,
  },
  {
    name: 'strip',
    description: 'leave the values of weights out of an ONNX file',
    register: async () => (await import('./strip.js')).registerStrip,
  },
  {
    name: 'import',
    description: 'check a CSV of measurements and write it in normalised form with a card',
    register: async () => (await import('./import.js')).registerImport,
  },
  {
    name: 'label',
    description: 'compute the latency of a whole search space, or of a sample, on analytic devices',
    register: async () => (await import('./label.js')).registerLabel,
  },
  {
    name: 'networks',
    description: 'list published networks, or the most accurate of them under a latency limit',
    register: async () => (await import('./networks.js')).registerNetworks,
  },
  {
    name: 'breakdown',
    description: 'show the layers of a network on an analytic device: cycles, bottleneck, resources',
    register: async () => (await import('./breakdown.js')).registerBreakdown,
  },
  {
    name: 'calibrate',
    description: "fix an analytic device's constants by measurements",
    register: async () => (await import('./calibrate.js')).registerCalibrate,
  },
  {
    name: 'models',
    description: 'train the predictors that ship with this package again',
    register: async () => (await import('./models.js')).registerModels,
  },
  {
    name: 'doctor',
    description: 'show versions, backends, threads, memory, and folders with the free space of their disks',
    register: async () => (await import('./doctor.js')).registerDoctor,
  },
];
