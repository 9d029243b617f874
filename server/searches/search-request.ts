import { join } from 'node:path';
import type { SearchBody, SearchRequest } from '../../api/search-request.js';
import { InputError, quote } from '../../src/base/errors.js';
import { folderEntries } from '../../src/base/folder-entries.js';
import { LATENCY, type Metric, metricKey, metricNamed, sameMetric } from '../../src/metrics/metric.js';
import { WEIGHTS_RULE, weightsOf } from '../../src/search/codesign/scenario.js';
import { pairKinds, STRATEGIES_FOR_PAIRS } from '../../src/search/codesign/strategies.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import { keptAlone, poolWritten } from '../../src/search/operators/pool-file.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { ApiError, badField } from '../http/errors.js';
import type { SearchTask } from '../jobs/search-task.js';
import { type ModelFolder, servedName } from '../models/model-folder.js';
import { findAccelerator } from '../networks/find-accelerator.js';
import type { CsvReader } from '../reading/csv-reader.js';
import { namedSpace } from '../store/devices.js';

/** JSON escapes that PostgreSQL's jsonb refuses: NUL and unpaired surrogates. */
const UNKEPT = /\\u(0000|d[89a-f][0-9a-f]{2})/;

/**
 * Checks the request of a search and fills in defaults; also returns the rows of its table.
 *
 * @param folder folder of the named tables
 * @param caller caller of the request
 * @throws ApiError 400 naming the field that is wrong, 404 for an unknown device or table
 */
export async function checkedSearch(
  body: SearchBody,
  models: ModelFolder,
  folder: string,
  csv: CsvReader,
  caller: string,
): Promise<{ request: SearchRequest; accuracies: SearchTask['accuracies'] }> {
  const { strategy = 'brp', objective = 'accuracy', parallel = 1, seed = 1, limits = [], budget } = body;
  const space = namedSpace(body.space);
  const kind = inField('strategy', () => strategyNamed(strategy));
  const options = inField('options', () => kind.optionsWith(body.options ?? {}));
  if (body.codesign) checkCodesign(body, body.codesign);
  else if (pairKinds.some(({ name }) => name === strategy)) {
    throw badField('strategy', `${strategy} searches for pairs with an accelerator; give codesign`);
  }
  if (objective === 'pareto' && limits.length === 0) {
    throw badField('limits', 'a front needs at least one device besides the accuracy');
  }
  const metricOf = limits.map(({ device, metric: name, maxMs, most, least }, i) => {
    const metric = inField(`limits.${i}.metric`, () => metricNamed(name ?? LATENCY.name));
    const isLatency = metric.name === LATENCY.name;
    const isGain = metric.better === 'more';
    if (isGain && most !== undefined) {
      throw badField(`limits.${i}.most`, `more ${metric.name} is better: give a lower limit, \`least\``);
    }
    if (!isGain && least !== undefined) {
      throw badField(`limits.${i}.least`, `less ${metric.name} is better: give an upper limit, \`most\``);
    }
    if (maxMs !== undefined && (most !== undefined || !isLatency)) {
      throw badField(
        `limits.${i}.maxMs`,
        'is a limit of latency, an alternative to `most`; give one of the two',
      );
    }
    checkDevice(device, metric, space, models, `limits.${i}.device`);
    if (objective === 'accuracy' && (maxMs ?? most ?? least) === undefined) {
      const field = isLatency ? 'maxMs' : isGain ? 'least' : 'most';
      throw badField(`limits.${i}.${field}`, 'only a search for the front may have a device without a limit');
    }
    return metric;
  });
  const keys = limits.map(({ device }, i) => servedName(device, metricKey(metricOf[i])));
  const again = keys.findIndex((key, i) => keys.indexOf(key) !== i);
  if (again >= 0)
    throw badField(`limits.${again}.device`, `${quote(limits[again].device)} has a limit already`);
  const misfit = kind.misfit(body.codesign ? 'reward' : objective, limits.length > 0);
  if (misfit) throw badField(misfit.of, misfit.reason);
  const { evaluator, operatorPool } = body;
  if (operatorPool) inField('operatorPool', () => poolWritten(operatorPool, space));
  const table = evaluator.kind === 'table' ? await tableOf(evaluator, space, folder, csv, caller) : undefined;
  const request: SearchRequest = {
    ...(body.name !== undefined && { name: body.name }),
    space: space.name,
    strategy,
    options,
    objective,
    budget,
    parallel,
    seed,
    limits: limits.map(
      ({ device, maxMs, most = null, least = null, marginPercent, confidence = DEFAULT_CONFIDENCE }, i) => ({
        device,
        ...(metricOf[i].name === LATENCY.name
          ? { maxMs: maxMs ?? most }
          : {
              maxMs: null,
              metric: metricKey(metricOf[i]),
              unit: metricOf[i].unit,
              ...(metricOf[i].better === 'less' ? { most } : { least }),
            }),
        margin: marginPercent === undefined ? { confidence } : { percent: marginPercent },
      }),
    ),
    ...(operatorPool && { operatorPool: keptAlone(operatorPool) }),
    ...(body.codesign && { codesign: body.codesign }),
    ...(body.warmStart && { warmStart: body.warmStart }),
    evaluator: { kind: evaluator.kind, table: table?.name ?? null },
    timeLimitSeconds: body.timeLimitSeconds,
  };
  assertKept('body', request);
  return { request, accuracies: table?.rows ?? null };
}

/** @throws ApiError 400 for fields that cannot be combined with pairs of a network and an accelerator */
function checkCodesign(
  { strategy = 'brp', objective = 'accuracy', limits = [], evaluator, operatorPool, warmStart }: SearchBody,
  { weights }: NonNullable<SearchBody['codesign']>,
): void {
  if (!STRATEGIES_FOR_PAIRS.includes(strategy)) {
    throw badField('strategy', `with codesign it must be one of ${STRATEGIES_FOR_PAIRS.join(', ')}`);
  }
  if (objective !== 'accuracy') throw badField('objective', 'with codesign the reward is maximised');
  if (limits.length > 0) {
    throw badField('limits', 'the device is the accelerator itself; give codesign.maxMs');
  }
  if (operatorPool)
    throw badField('operatorPool', 'pools restrict the operators of networks; they cannot be used for pairs');
  if (warmStart) throw badField('warmStart', 'cannot be used for pairs, only for networks');
  if (evaluator.kind !== 'table') {
    throw badField('evaluator.kind', 'searches for pairs need a table of accuracies');
  }
  if (!weightsOf(weights))
    throw badField('codesign.weights', `${weights.join(',')} cannot be used: ${WEIGHTS_RULE}`);
}

/** @throws ApiError 400 if a value contains text that the store cannot keep */
export function assertKept(field: string, value: unknown): void {
  if (UNKEPT.test(JSON.stringify(value))) {
    throw badField(field, 'text must not contain NUL or unpaired surrogates');
  }
}

/** Tables of accuracies by name: the CSV files in a folder. */
async function namedTables(folder: string): Promise<Map<string, string>> {
  const tables = (await folderEntries(folder)).flatMap((entry) => {
    if (!entry.isFile() && !entry.isSymbolicLink()) return [];
    const file = entry.name;
    const name = /^([A-Za-z0-9_][A-Za-z0-9_.-]*?)\.csv(\.gz)?$/i.exec(file)?.[1];
    return name === undefined ? [] : [[name, join(folder, file)] as const];
  });
  return new Map(tables.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function tableOf(
  { column, csv, name }: SearchBody['evaluator'] & { kind: 'table' },
  space: SearchSpace,
  folder: string,
  reader: CsvReader,
  caller: string,
) {
  if ((csv === undefined) === (name === undefined)) {
    throw badField('evaluator', 'a table is either given as csv or named');
  }
  const file = name === undefined ? undefined : (await namedTables(folder)).get(name);
  if (name !== undefined && file === undefined) {
    const known = [...(await namedTables(folder)).keys()].join(', ') || 'none';
    throw new ApiError(404, 'unknown_table', `there is no table ${quote(name)}; tables: ${known}`, [
      { field: 'evaluator.name', message: `there is no table ${quote(name)}` },
    ]);
  }
  const source = file ? { file } : { csv: csv! };
  return {
    name: name === undefined ? column : `${name}:${column}`,
    rows: await reader.accuracies(source, space.name, column, caller),
  };
}

function checkDevice(
  device: string,
  metric: Metric,
  space: SearchSpace,
  models: ModelFolder,
  field: string,
): void {
  const key = metricKey(metric);
  if (device.includes(':') && metric.name === LATENCY.name) {
    findAccelerator(device, field);
    return;
  }
  const model = models.get(device, key);
  // For a declared space, the model's card has it.
  if (model?.space.name === space.name) return;
  const known = models.all().filter((m) => m.space.name === space.name && sameMetric(m.metric, metric));
  const there = known.map(({ card }) => card.device).join(', ') || 'none';
  const message =
    metric.name === LATENCY.name
      ? `there is no predictor for ${quote(device)} in ${space.name}; there are ${there}, and analytic devices (fnas:zcu102)`
      : `there is no predictor of ${key} for ${quote(device)} in ${space.name}; there are ${there}`;
  throw new ApiError(404, 'unknown_device', message, [{ field, message }]);
}

function inField<T>(field: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) throw badField(field, error.message);
    throw error;
  }
}
