import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { InputError } from '../../src/base/errors.js';
import { type DatasetReadOptions, readSamples } from '../../src/datasets/read.js';
import type { Reject } from '../../src/datasets/rejects.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { ofa } from '../../src/spaces/ofa/space.js';
import { needsShared, sharedData } from '../shared-data.js';
import { temporaryFile } from '../temporary-folder.js';

const A = nasbench201.example;
const B = nasbench201.format(nasbench201.at(0));
const C = nasbench201.format(nasbench201.at(7));

/** Reads a file into rows `[architecture, device, ms]`, with what was rejected. */
async function read(file: string, options: Partial<DatasetReadOptions> = {}) {
  const space = options.space ?? nasbench201;
  const rejects: Reject[] = [];
  const result = await readSamples(file, { space, onReject: (reject) => rejects.push(reject), ...options });
  const { table, series } = result;
  const devices = series.map(({ device }) => device);
  const samples = Array.from({ length: table.size }, (_, entry) => [
    space.format(table.architecture(entry)),
    devices[table.series(entry)],
    table.value(entry),
  ]);
  return { ...result, devices, samples, rejects };
}

/** Reads lines as a CSV. */
function readLines(lines: readonly string[], options?: Partial<DatasetReadOptions>) {
  return read(temporaryFile('data.csv', `${lines.join('\n')}\n`), options);
}

/** A check for `assert.rejects`. */
function inputError(...parts: string[]) {
  return (error: unknown) => {
    assert.ok(error instanceof InputError, String(error));
    for (const part of parts) assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
    return true;
  };
}

test('a wide file has a device per column, and an empty cell is no sample', async () => {
  const { samples, missing, rows, rejects } = await readLines([
    'arch_index,arch_str,gold_6240,pixel3',
    `9,${A},10.5,3`,
    `0,${B},11,`,
  ]);
  assert.deepEqual(samples, [
    [A, 'gold_6240', 10.5],
    [A, 'pixel3', 3],
    [B, 'gold_6240', 11],
  ]);
  assert.deepEqual({ missing, rows, rejects }, { missing: 1, rows: 2, rejects: [] });
});

test('a long file has a sample per row', async () => {
  const lines = ['device,latency_ms,arch', `a,1.5,${A}`, `b,2.5,${A}`, `a,3.5,${B}`];
  const { samples, devices } = await readLines(lines);
  assert.deepEqual(samples, [
    [A, 'a', 1.5],
    [A, 'b', 2.5],
    [B, 'a', 3.5],
  ]);
  assert.deepEqual(devices, ['a', 'b']);
});

test('a long file names its unit in the header, else the option says it', async () => {
  const latency = async (column: string, unit?: DatasetReadOptions['unit']) =>
    (await readLines([`arch,device,${column}`, `${A},d,0.25`], { unit })).samples[0][2];
  assert.equal(await latency('latency_ms'), 0.25);
  assert.equal(await latency('latency_s'), 250);
  assert.equal(await latency('latency_us'), 0.00025);
  assert.equal(await latency('latency_µs'), 0.00025);
  assert.equal(await latency('latency'), 0.25);
  assert.equal(await latency('latency', 's'), 250);
  assert.equal(await latency('latency_us', 's'), 0.00025);
});

test('a wide file names its units in the columns: then only those are devices', async () => {
  const prefixed = await readLines([
    'arch,macs_m,train_time_s,latency_zcu102_ms,latency_pi_s',
    `${A},415,2660,5,0.5`,
  ]);
  assert.deepEqual(prefixed.samples, [
    [A, 'zcu102', 5],
    [A, 'pi', 500],
  ]);
  const suffixed = await readLines(['arch,note,adreno_ms,dsp_us', `${A},slow,4,2500`]);
  assert.deepEqual(suffixed.samples, [
    [A, 'adreno', 4],
    [A, 'dsp', 2.5],
  ]);
  const plain = await readLines(['arch,samsung_s7,2080ti_1', `${A},4,2`], { unit: 's' });
  assert.deepEqual(plain.samples, [
    [A, 'samsung_s7', 4000],
    [A, '2080ti_1', 2000],
  ]);
});

test('an architecture may come as a column per choice', async () => {
  const example = mnasnet.parse(mnasnet.example);
  const options = mnasnet.slots.map((slot, k) => slot.options[example[k]]);
  const header = [...mnasnet.slots.map((slot) => slot.name), 'latency_zcu102_ms'].join();
  const lines = [header, `${options.join()},5.5`, `7,${options.slice(1).join()},5.5`];
  const { samples, rejects } = await readLines(lines, { space: mnasnet });
  assert.deepEqual(samples, [[mnasnet.example, 'zcu102', 5.5]]);
  assert.equal(rejects.length, 1);
  const { line, column, value, reason } = rejects[0];
  assert.deepEqual([line, column, value], [3, 'block0_e', '7']);
  assert.match(reason, /"7" is none of 1, 4, 6/);
});

test('a column may give the choices of many blocks at once; those beyond the depth make no difference', async () => {
  const header = 'arch_index,ks,expand,depth,resolution,2080ti_1';
  const ks = '3-5-3-7-5-5-3-3-7-3-3-3-3-5-7-3-5-5-5-3';
  const expand = '4-3-6-3-3-3-3-3-6-4-3-3-6-6-4-3-6-6-6-3';
  const { samples, rejects } = await readLines(
    [
      header,
      `0,${ks},${expand},3-2-4-3-3,176,9.5`,
      `1,${ks.replace(/3$/, '7')},${expand.replace(/3$/, '6')},3-2-4-3-3,176,9.5`,
      `2,${ks.replace(/3$/, '9')},${expand},3-2-4-3-3,176,9.5`,
      `3,${ks},${expand},3-2-4-3,176,9.5`,
    ],
    { space: ofa },
  );
  assert.deepEqual(samples, [[ofa.example, '2080ti_1', 9.5]]);
  assert.deepEqual(
    rejects.map(({ line, column }) => [line, column]),
    [
      [4, 'ks'],
      [5, 'depth'],
    ],
  );
  assert.match(rejects[0].reason, /"9" is none of 3, 5, 7/);
  assert.match(rejects[1].reason, /has 4 values joined by '-'; it must have 5/);
  const missing = readLines(['ks,expand,resolution,2080ti_1'], { space: ofa });
  await assert.rejects(missing, /"stage0_depth" is missing; ks, expand, depth may each give all/);
});

test('every bad value is rejected with its line and column, and the others are read', async () => {
  const { samples, rejects } = await readLines([
    'arch_str,a,b',
    `${A},1,2`,
    `${A.replace('nor_conv_3x3', 'conv_7x7')},1,2`,
    '|nor_conv_3x3~0|,1,2',
    `${B},0,nan`,
    `${C},-4,1e999`,
    `${C},5`,
    '',
    `${C},"4,5",6`,
  ]);
  assert.deepEqual(samples, [
    [A, 'a', 1],
    [A, 'b', 2],
    [C, 'b', 6],
  ]);
  assert.deepEqual(
    rejects.map(({ line, column, value }) => [line, column, value]),
    [
      [3, 'arch_str', A.replace('nor_conv_3x3', 'conv_7x7')],
      [4, 'arch_str', '|nor_conv_3x3~0|'],
      [5, 'a', '0'],
      [5, 'b', 'nan'],
      [6, 'a', '-4'],
      [6, 'b', '1e999'],
      [7, undefined, `${C},5`],
      [9, 'a', '4,5'],
    ],
  );
  assert.match(rejects[0].reason, /unknown operation "conv_7x7"; known are none, skip_connect/);
  assert.match(rejects[2].reason, /finite decimal number above 0/);
  assert.match(rejects[6].reason, /2 fields where the header has 3/);
});

test('whichever rows are spoilt, exactly those are rejected', async () => {
  const spoilt = ['0', '-1', 'fast', 'Infinity', '5e-324', '1e300', ''];
  const row = fc.option(fc.constantFrom(...spoilt), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (latencies) => {
      const lines = latencies.map((ms, i) => `${nasbench201.format(nasbench201.at(i))},d,${ms ?? '1.5'}`);
      const { samples, rejects } = await readLines(['arch,device,latency_ms', ...lines]);
      const expected = latencies.flatMap((ms, i) => (ms === undefined ? [] : [i + 2]));
      assert.deepEqual(
        rejects.map((r) => r.line),
        expected,
      );
      assert.equal(samples.length, latencies.length - expected.length);
    }),
    { numRuns: 30, seed: 1 },
  );
});

test('a repeated row is kept once; with another value it is a conflict, or averaged', async () => {
  const lines = ['arch,device,latency_ms', `${A},a,2`, `${B},a,7`, `${A},a,2.0`, `${A},b,3`, `${A},a,5`];
  const strict = await readLines(lines);
  assert.deepEqual(
    strict.samples.map(([, , ms]) => ms),
    [2, 7, 3],
  );
  assert.deepEqual(
    strict.rejects.map((r) => [r.line, r.column, r.value]),
    [[6, 'latency_ms', '5']],
  );
  assert.match(strict.rejects[0].reason, /2 ms in line 2/);
  const mean = await readLines(lines, { duplicates: 'mean' });
  assert.deepEqual(
    mean.samples.map(([, , ms]) => ms),
    [3, 7, 3],
    '(2 + 2 + 5) / 3',
  );
  assert.deepEqual(mean.rejects, []);
});

test('devices can be chosen; the others are not even checked', async () => {
  const wide = await readLines(['arch,a,b', `${A},1,oops`], { devices: ['a'] });
  assert.deepEqual([wide.samples, wide.rejects], [[[A, 'a', 1]], []]);
  const long = await readLines(['arch,device,latency_ms', `${A},a,1`, 'oops,b,oops'], { devices: ['a'] });
  assert.deepEqual([long.samples, long.rejects], [[[A, 'a', 1]], []]);
});

test('an unknown device is refused with the names of those there', async () => {
  const wide = readLines(['arch,a,b', `${A},1,2`], { devices: ['a', 'c'] });
  await assert.rejects(wide, inputError('no device "c"', 'a, b'));
  const long = readLines(['arch,device,latency_ms', `${A},a,1`, `${A},b,1`], { devices: ['c'] });
  await assert.rejects(long, inputError('no device "c"', 'a, b'));
});

test('a header that cannot be used is refused with what is missing', async () => {
  const refused = (header: string, ...parts: string[]) =>
    assert.rejects(readLines([header, `${A},1,2`]), inputError('data.csv, line 1', ...parts));
  await refused('cell,a,b', 'there is no architecture', '"arch_str"', A, '"edge_01" is missing');
  await refused('arch,device,x', 'a column "latency_ms"');
  await refused('arch,latency_ms,x', 'a column "device"');
  await refused('arch,a,a', 'two columns "a"');
  await refused('arch,arch_index', 'no column of values');
  await refused('arch;device;latency_ms', 'separated by commas');
});

test('a file that cannot be read as a whole is refused with the reason', async () => {
  const refused = (name: string, content: string | Uint8Array, ...parts: string[]) =>
    assert.rejects(read(temporaryFile(name, content)), inputError(name, ...parts));
  const text = `arch,device,latency_ms\n${Array.from({ length: 500 }, (_, i) => `${A},d${i},${i + 1}`).join('\n')}`;
  const gzip = gzipSync(text);
  await refused('cut.csv.gz', gzip.subarray(0, gzip.length / 2), 'gzip data is damaged or cut off');
  await refused('plain.csv.gz', text, 'gzip data is damaged');
  await refused('packed.csv', gzip, 'line 1', 'not UTF-8');
  await refused('empty.csv', '', 'the file is empty');
  await refused('header.csv', 'arch,device,latency_ms\n', 'no row below the header');
  await refused('quote.csv', `arch,device,latency_ms\n"${A},d,1\n${B},d,2\n`, 'not readable as CSV', 'line');
  await assert.rejects(read('/no/such.csv'), inputError('/no/such.csv', 'no such file'));
  await assert.rejects(read(process.cwd()), inputError('a folder'));
});

test('a quote that is never closed does not draw the rest of the file into memory', async () => {
  const file = temporaryFile('data.csv', `arch,device,latency_ms\n"${`${A},d,1\n`.repeat(20_000)}`);
  await assert.rejects(read(file), inputError('a quote that is never closed?'));
});

test('a byte-order mark, Windows line ends, quoted fields and blanks are no problem', async () => {
  const file = temporaryFile('data.csv', `\uFEFF"arch", device ,"latency_ms"\r\n"${A}","my, board", 1.5\r\n`);
  assert.deepEqual((await read(file)).samples, [[A, 'my, board', 1.5]]);
});

test('a row that is not UTF-8 is rejected', async () => {
  const bytes = Buffer.from(`arch,device,latency_ms\n${A},\xB5board,1\n${A},d,2\n`, 'latin1');
  const { samples, rejects } = await read(temporaryFile('data.csv', bytes));
  assert.deepEqual(samples, [[A, 'd', 2]]);
  assert.equal(rejects[0].line, 2);
  assert.match(rejects[0].reason, /not UTF-8/);
});

const latency = 'nasbench201/latency.csv.gz';
test('the measured NAS-Bench-201 table reads unchanged', { skip: needsShared(latency) }, async () => {
  const { devices, rows, table, missing, rejects } = await read(sharedData(latency)!);
  assert.equal(devices.length, 20);
  assert.deepEqual([rows, table.size, missing, rejects.length], [15_625, 20 * 15_625, 0, 0]);
  const pixel3 = devices.indexOf('pixel3');
  const ms = Array.from({ length: table.size }, (_, entry) => entry)
    .filter((entry) => table.series(entry) === pixel3)
    .map((entry) => table.value(entry))
    .sort((a, b) => a - b);
  // Minimum, median and maximum as the data's own description states them.
  assert.deepEqual([ms[0], ms[7812].toFixed(4), ms[15_624].toFixed(4)], [0.003277, '10.6756', '36.7665']);
});

const boards = 'accelnasbench/mnasnet_accel.csv.gz';
test('the ZCU102 table reads unchanged: two empty cells, 13 repeats', {
  skip: needsShared(boards),
}, async () => {
  const file = sharedData(boards)!;
  const all = await read(file, { space: mnasnet });
  assert.deepEqual(
    all.series.map(({ device, metric }) => `${metric.name} of ${device}`),
    ['latency of zcu102', 'throughput of zcu102', 'throughput of a100', 'throughput of 3090'],
  );
  const strict = await read(file, { space: mnasnet, metrics: [LATENCY] });
  assert.deepEqual(strict.devices, ['zcu102']);
  assert.deepEqual([strict.rows, strict.missing, strict.rejects.length], [5138, 2, 13]);
  const mean = await read(file, { space: mnasnet, metrics: [LATENCY], duplicates: 'mean' });
  assert.deepEqual([mean.table.size, mean.rejects.length], [5138 - 2 - 13, 0]);
});
