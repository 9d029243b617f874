import { accuracyBench } from './accuracy.js';
import { analyticBench } from './analytic.js';
import { calibrationBench } from './calibration.js';
import { devicesBench } from './devices.js';
import { inferenceBench } from './inference.js';
import { intervalsBench } from './intervals.js';
import { searchBench } from './search.js';
import { serviceBench } from './service.js';
import { trainingBench } from './training.js';
import { transferBench } from './transfer.js';

/** Benchmarks by name, in the order in which all are run. */
const benches: Record<string, () => Promise<void>> = {
  training: trainingBench,
  inference: inferenceBench,
  service: () => serviceBench(),
  accuracy: accuracyBench,
  intervals: intervalsBench,
  devices: devicesBench,
  search: searchBench,
  calibration: calibrationBench,
  analytic: analyticBench,
  transfer: transferBench,
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; known are ${Object.keys(benches).join(', ')}`);
  process.exit(1);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  await bench();
}
