import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { declaredColumn, describeReading } from '../../src/datasets/column-reading.js';
import { type DatasetReadOptions, readSamples } from '../../src/datasets/read.js';
import type { Reject } from '../../src/datasets/rejects.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { temporaryFile } from '../temporary-folder.js';

const [A, B] = [3, 7].map((i) => space.format(space.at(i)));

/** Reads rows of two architectures: by `metric of device`, the values in the metric's unit. */
async function read(header: string, rows: readonly string[], options?: Partial<DatasetReadOptions>) {
  const rejects: Reject[] = [];
  const text = `arch,${header}\n${rows.map((row, i) => `${[A, B][i]},${row}\n`).join('')}`;
  const result = await readSamples(temporaryFile('data.csv', text), {
    ...{ space, onReject: (reject: Reject) => rejects.push(reject) },
    ...options,
  });
  const values: Record<string, number[]> = {};
  for (let entry = 0; entry < result.table.size; entry++) {
    const { device, metric } = result.series[result.table.series(entry)];
    values[`${metric.name} of ${device}`] ??= [];
    values[`${metric.name} of ${device}`].push(result.table.value(entry));
  }
  const leftOut = result.columns.flatMap((column) => ('leftOut' in column ? [column.column] : []));
  return { values, leftOut, rejects, table: result.table, readings: result.columns.map(describeReading) };
}

const refused =
  (...parts: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof InputError, String(error));
    for (const part of parts) assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
    return true;
  };

describe('wide files', () => {
  test('a unit says the metric: a device has as many as were measured', async () => {
    const { values, leftOut } = await read('pi5_ms,pi5_mj,tpu_uj,pi5_energy_note', [
      '4.5,12,2000,x',
      '5.5,13,3000,y',
    ]);
    assert.deepEqual(values, {
      'latency of pi5': [4.5, 5.5],
      'energy of pi5': [12, 13],
      'energy of tpu': [2, 3],
    });
    assert.deepEqual(leftOut, ['pi5_energy_note']);
  });

  // Factors by SI and IEC 80000-13; 1 Wh is 3600 J.
  for (const [column, cell, metric, value] of [
    ['dev_ns', '4500000', 'latency', 4.5],
    ['dev_us', '4500', 'latency', 4.5],
    ['dev_s', '0.0045', 'latency', 4.5],
    ['dev (ms)', '4.5', 'latency', 4.5],
    ['dev_J', '0.012', 'energy', 12],
    ['dev_wh', '0.5', 'energy', 1_800_000],
    ['dev_kwh', '0.001', 'energy', 3_600_000],
    ['dev_mw', '2500', 'power', 2.5],
    ['dev_mib', '2', 'memory', 2.097152],
    ['dev_bytes', '2000000', 'memory', 2],
    ['throughput_dev_img_s', '830', 'throughput', 830],
    ['dev_fps', '60', 'throughput', 60],
    ['energy_dev_j', '2', 'energy', 2000],
    ['dev_memory_mb', '3', 'memory', 3],
  ] as const) {
    test(`${column} is ${metric}`, async () => {
      const { values } = await read(column, [cell]);
      const [[name, [read1]]] = Object.entries(values);
      assert.equal(name, `${metric} of dev`);
      assert.ok(Math.abs(read1 / value - 1) < 1e-12, String(read1));
    });
  }

  test('two columns for the metric of one device are refused with both names', async () => {
    const both = read('phone_ms,phone_us,board_ms', ['4.5,4600,9.5', '5.5,5600,8.5']);
    await assert.rejects(both, refused('latency', 'phone', '"phone_ms"', '"phone_us"', 'line 1'));
    const columns = new Map([declaredColumn('phone_us=-')]);
    const { values } = await read('phone_ms,phone_us,board_ms', ['4.5,4600,9.5'], { columns });
    assert.deepEqual(values, { 'latency of phone': [4.5], 'latency of board': [9.5] });
    const one = read('dev_ms,dev_us', ['4.5,4500']);
    await assert.rejects(one, refused('"dev_ms"', '"dev_us"'));
  });

  test('a device whose name ends in _s is no seconds where others name no unit', async () => {
    const { values } = await read('pixel3,galaxy_s,mi_9', ['4.5,5.5,6.5', '4.6,5.6,6.6']);
    assert.deepEqual(Object.keys(values), ['latency of pixel3', 'latency of galaxy_s', 'latency of mi_9']);
    assert.deepEqual(values['latency of galaxy_s'], [5.5, 5.6]);
  });

  test('seconds are told by their values, and asked for where these do not tell', async () => {
    assert.deepEqual((await read('cpu_s,note', ['0.25,fast'])).values, { 'latency of cpu': [250] });
    await assert.rejects(
      read('galaxy_s', ['5.5']),
      refused('"galaxy_s" may be latency of "galaxy" in s', '--columns'),
    );
    await assert.rejects(read('pi_ms,galaxy_s', ['4.5,5.5']), refused('"galaxy_s" may be'));
    const columns = new Map([declaredColumn('galaxy_s=galaxy:latency:s')]);
    assert.deepEqual((await read('galaxy_s', ['5.5'], { columns })).values, {
      'latency of galaxy': [5500],
    });
    assert.deepEqual((await read('galaxy_s', ['5.5'], { unit: 'ms' })).values, {
      'latency of galaxy_s': [5.5],
    });
    assert.deepEqual((await read('galaxy_s', ['5.5'], { unit: 's' })).values, {
      'latency of galaxy': [5500],
    });
  });

  test('boards a to d, one of which ends like bytes', async () => {
    const { values } = await read('board_a,board_b', ['1,2']);
    assert.deepEqual(values, { 'latency of board_a': [1], 'latency of board_b': [2] });
  });

  test('statistics are no devices', async () => {
    await assert.rejects(
      read('latency_mean,latency_std', ['4.5,0.1', '5.5,0.2']),
      refused('"latency_mean"', 'there must be a column "device"'),
    );
    const { values, leftOut } = await read('pixel3_mean_ms,pixel3_std_ms,pixel3_ms_p95', ['4.5,0.1,5']);
    assert.deepEqual(values, { 'latency of pixel3': [4.5] });
    assert.deepEqual(leftOut, ['pixel3_std_ms', 'pixel3_ms_p95']);
  });

  test('what may be a statistic or end a device’s name is one where the device is there', async () => {
    const { values, leftOut } = await read('pixel3,pixel3_max,pixel3_n,mi_max,iphone_se', ['4.5,6,10,5,7']);
    assert.deepEqual(Object.keys(values), ['latency of pixel3', 'latency of mi_max', 'latency of iphone_se']);
    assert.deepEqual(leftOut, ['pixel3_max', 'pixel3_n']);
  });

  test('a unit that is not known is asked for, not taken as part of the device’s name in ms', async () => {
    await assert.rejects(
      read('dev_cycles', ['45000']),
      refused('"dev_cycles" ends in "cycles"', '--columns'),
    );
    await assert.rejects(read('dev_ms_per_img', ['4.5']), refused('"per_img", which is not a known unit'));
    await assert.rejects(read('jetson_16_gb', ['4.5']), refused('may be memory of "jetson_16" in GB'));
    assert.deepEqual((await read('dev_ms,dev_cycles', ['4.5,45000'])).leftOut, ['dev_cycles']);
  });

  test('a column of latencies that names no device is none', async () => {
    for (const name of ['time', 'inference_time_ms', 'value', 'latencyMs', 'ms', '_ms']) {
      await assert.rejects(read(name, ['4.5']), refused(`beside "${name}" there must be a column "device"`));
    }
  });

  test('a column of another metric that names no device is left out by name', async () => {
    assert.deepEqual((await read('dev_ms,peak_memory_mb', ['4.5,60'])).leftOut, ['peak_memory_mb']);
  });

  test('a name with characters that control terminals or the direction of text is refused', async () => {
    for (const name of ['ph\u001b[31mone_ms', '\u202ephone_ms']) {
      await assert.rejects(read(name, ['4.5']), refused('characters that control how text is shown'));
    }
  });

  test('columns without a name are named by their place', async () => {
    const { values, leftOut } = await read(',pixel3_ms', ['0,4.5']);
    assert.deepEqual([values, leftOut], [{ 'latency of pixel3': [4.5] }, ['column 2']]);
  });

  test('columns of no device are of the one that was asked for', async () => {
    const one = { devices: ['my_board'] };
    const { values } = await read('latency_us,energy_j,phone_ms', ['4500,2,9', '5500,3,8'], one);
    assert.deepEqual(values, { 'latency of my_board': [4.5, 5.5], 'energy of my_board': [2000, 3000] });
    await assert.rejects(
      read('latency_ms', ['4.5', '5.5'], { devices: ['a', 'b'] }),
      refused('beside "latency_ms" there must be a column "device"'),
    );
    await assert.rejects(
      read('my_board_ms,latency_ms', ['4,5'], one),
      refused('two columns for the latency'),
    );
    await assert.rejects(read('time', ['4'], one), refused('beside "time"'));
  });

  test('accuracies and costs beside devices without a unit are left out, and named', async () => {
    const { values, leftOut } = await read('pixel3,test_acc,macs', ['4.5,71.2,3e8']);
    assert.deepEqual(values, { 'latency of pixel3': [4.5] });
    assert.deepEqual(leftOut, ['test_acc', 'macs']);
  });

  test('a name that contradicts its unit is refused', async () => {
    await assert.rejects(read('energy_pi5_ms', ['4.5']), refused('names energy', 'a unit of latency'));
  });

  test('a unit column says the unit of columns that name none', async () => {
    const { values, rejects } = await read('pixel3,unit', ['4500,us', '5.5,mJ']);
    assert.deepEqual(values, { 'latency of pixel3': [4.5] });
    assert.match(rejects[0].reason, /"mJ" is not a unit of latency/);
    const named = await read('pixel3_ms,unit', ['4.5,ms', '5500,us']);
    assert.deepEqual(named.values, { 'latency of pixel3': [4.5] });
    assert.match(named.rejects[0].reason, /the unit is "us", and the column pixel3_ms is in ms/);
  });
});

describe('long files', () => {
  test('a column for each metric, an empty cell being no sample', async () => {
    const { values } = await read('device,latency_us,energy_j,memory_mib,median_ms', [
      'a,4500,0.012,2,1',
      'a,5500,,1,2',
    ]);
    assert.deepEqual(values, {
      'latency of a': [4.5, 5.5],
      'energy of a': [12],
      'memory of a': [2.097152, 1.048576],
    });
  });

  test('two columns for one metric are refused', async () => {
    await assert.rejects(
      read('device,latency_ms,latency_us', ['a,1,2']),
      refused('two columns for the latency', '"latency_ms"', '"latency_us"'),
    );
  });

  test('a row without a unit is refused where the column names none', async () => {
    const rows = ['a,4500,us', 'a,5.5,'];
    const { values, rejects, readings } = await read('device,latency,unit', rows);
    assert.deepEqual(values, { 'latency of a': [4.5] });
    const [{ line, column, reason }] = rejects;
    assert.deepEqual([line, column], [3, 'unit']);
    assert.match(reason, /the row has no unit, such as ms, and the column latency names none/);
    assert.deepEqual(readings, ['latency: latency in the unit of its row']);
    const said = await read('device,latency,unit', rows, { unit: 's' });
    assert.deepEqual(said.values, { 'latency of a': [4.5, 5500] });
    assert.deepEqual((await read('device,latency_us,unit', rows)).values, { 'latency of a': [4.5, 0.0055] });
  });

  test('a unit column, as many runtimes write it', async () => {
    const { values } = await read('device,latency,unit', ['a,4500,us', 'a,0.0055,s']);
    assert.deepEqual(values, { 'latency of a': [4.5, 5.5] });
  });

  test('a unit column of one metric, in capitals too', async () => {
    for (const name of ['latency_unit', 'Units']) {
      const { values } = await read(`Device,latency,${name}`, ['a,4500,us', 'a,0.0055,s']);
      assert.deepEqual(values, { 'latency of a': [4.5, 5.5] }, name);
    }
    const other = read('device,latency,phone_unit', ['a,4500,us']);
    await assert.rejects(other, refused('"phone_unit" must be "unit"'));
  });

  test('a metric of one’s own is declared', async () => {
    const columns = new Map([declaredColumn('co2=:co2:g')]);
    const { values } = await read('device,co2', ['a,4.5'], { columns });
    assert.deepEqual(values, { 'co2 of a': [4.5] });
  });
});

describe('metrics of one’s own, where they are asked for', () => {
  const metrics = [metricNamed('co2:g')];
  for (const name of ['pi5_co2_g', 'co2_pi5_g', 'pi5-CO2 (g)', 'pi5_co2', 'co2_pi5', 'pi5_co2_mean_g']) {
    test(`${name} is co2 of pi5`, async () => {
      assert.deepEqual((await read(name, ['0.2'], { metrics })).values, { 'co2 of pi5': [0.2] });
    });
  }

  test('beside others, in wide files and long ones', async () => {
    const wide = await read('pi5_ms,pi5_co2_g,pi5_co2_std_g', ['4.5,0.2,0.1', '5.5,0.3,0.1'], { metrics });
    assert.deepEqual([wide.values, wide.leftOut], [{ 'co2 of pi5': [0.2, 0.3] }, ['pi5_co2_std_g']]);
    const long = await read('device,latency_ms,co2_g', ['a,4.5,0.2', 'b,5.5,0.3'], { metrics });
    assert.deepEqual(long.values, { 'co2 of a': [0.2], 'co2 of b': [0.3] });
    const one = await read('latency_ms,co2_g', ['4.5,0.2'], { metrics, devices: ['pi5'] });
    assert.deepEqual(one.values, { 'co2 of pi5': [0.2] });
    const units = await read('device,co2,co2_unit', ['a,0.2,g', 'a,0.0003,kg'], { metrics });
    assert.deepEqual([units.values, units.rejects[0]?.column], [{ 'co2 of a': [0.2] }, 'co2_unit']);
  });

  test('of a unit that is known, in whichever unit of its quantity', async () => {
    const startup = [metricNamed('start_up:ms')];
    const { values } = await read('pi5_start_up_us,pi5_ms', ['4500,9'], { metrics: startup });
    assert.deepEqual(values, { 'start_up of pi5': [4.5] });
    await assert.rejects(read('pi5_start_up_mj', ['4'], { metrics: startup }), refused('a unit of energy'));
  });

  test('a column in another unit of one’s own is refused, or left out with the reason', async () => {
    const another = read('pi5_co2_kg', ['0.2'], { metrics });
    await assert.rejects(another, refused('"pi5_co2_kg" names co2', '=DEVICE:co2:g says which'));
    const { leftOut } = await read('pi5_ms,pi5_co2_kg', ['4.5,0.2'], { metrics });
    assert.deepEqual(leftOut, ['pi5_co2_kg']);
    await assert.rejects(
      read('pi5_co2_ms', ['0.2'], { metrics }),
      refused('names co2, and ms, a unit of latency'),
    );
  });

  test('emissions are no latency of a device of that name where they are not asked for', async () => {
    await assert.rejects(read('pi5_co2_g', ['0.2']), refused('--metric co2:g'));
  });
});

test('only decimal numbers are numbers', async () => {
  const cells = ['0x10', '0b101', '0o17', '1_000', '١', 'Infinity', '', '1,5'];
  for (const cell of cells.slice(0, 6)) {
    const { values, rejects } = await read('dev_ms', [cell]);
    assert.deepEqual([values, rejects.length], [{}, 1], cell);
    assert.match(rejects[0].reason, /decimal number above 0/);
  }
  for (const cell of ['1e1', '+10', '10.', ' 10 ', '.1E2']) {
    assert.deepEqual((await read('dev_ms', [cell])).values, { 'latency of dev': [10] }, cell);
  }
});

test('two columns of architectures are refused, unless one is left out', async () => {
  const header = 'architecture,dev_ms';
  await assert.rejects(
    read(header, [`${B},4.5`]),
    refused('two columns hold the architecture: "arch", "architecture"'),
  );
  const columns = new Map([declaredColumn('arch=-')]);
  const { table, readings } = await read(header, [`${B},4.5`], { columns });
  assert.equal(space.format(table.architecture(0)), B);
  assert.deepEqual(readings, ['arch: left out, as you said', 'dev_ms: latency of dev in ms']);
});

test('a row with line breaks in a quoted field is where it begins', async () => {
  const text = `arch,dev_ms\n"${A}\r\n",x\n"${B}\n\n",y\n${A},z\n`;
  const rejects: Reject[] = [];
  await readSamples(temporaryFile('d.csv', text), { space, onReject: (r) => rejects.push(r) });
  assert.deepEqual(
    rejects.map(({ line }) => line),
    [2, 4, 7],
  );
});

test('line ends may differ from line to line', async () => {
  const text = `arch,dev_ms\r\n${A},4.5\n${B},x\r\n`;
  const rejects: Reject[] = [];
  const { table } = await readSamples(temporaryFile('d.csv', text), {
    space,
    onReject: (r) => rejects.push(r),
  });
  assert.deepEqual([table.size, table.value(0), rejects.map(({ line }) => line)], [1, 4.5, [3]]);
});
