import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { FastifyInstance } from 'fastify';
import { parquetReadObjects } from 'hyparquet';
import { TempographClient } from '../../client/index.js';
import { buildApp } from '../../server/app.js';
import { metricNamed } from '../../src/metrics/metric.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from './additive-device.js';
import { measuredCells } from './measured-cells.js';

describe('a device of which several metrics are measured', () => {
  const folder = temporaryFolder();
  let app: FastifyInstance;
  let client: TempographClient;

  before(async () => {
    const models = join(folder, 'models');
    await saveAdditiveDevice(models, 'board', 1, metricNamed('energy'));
    await saveAdditiveDevice(models, 'board', 1, metricNamed('throughput'));
    app = await buildApp({ models, data: join(folder, 'data'), logLevel: 'error' });
    client = new TempographClient({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
  });
  after(() => app.close());

  const send = async (device: string, key: string, csv: string) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/devices/${device}/measurements?key=${key}&space=nasbench201`,
      headers: { 'content-type': 'text/csv' },
      payload: csv,
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  /** Energy of a cell, mJ: three times what its latency is in ms, and a half. */
  const energyOf = (latencyMs: number) => 3.5 * latencyMs;

  test('CSV: columns of the device are read by their names and units, what is left out is said, empty places are none', async () => {
    const cells = measuredCells(60, 5);
    const rows = cells.map(({ architecture, latencyMs }, i) => {
      const energyJ = i === 59 ? '' : energyOf(latencyMs) / 1000;
      return [architecture, 1000 * latencyMs, energyJ, 7, 0.1, 9].join();
    });
    const header = 'arch,latency_us,pi5_j,phone_ms,latency_std,note';
    const { status, body } = await send('pi5', 'a', [header, ...rows].join('\n'));
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.accepted, 119);
    assert.deepEqual(
      body.metrics.map(({ metric, unit, accepted }: Record<string, unknown>) => [metric, unit, accepted]),
      [
        ['latency', 'ms', 60],
        ['energy', 'mJ', 59],
      ],
    );
    assert.deepEqual(body.columns, [
      { column: 'latency_us', device: 'pi5', metric: 'latency', unit: 'us' },
      { column: 'pi5_j', device: 'pi5', metric: 'energy', unit: 'j' },
      { column: 'phone_ms', leftOut: 'is of phone, not pi5' },
      { column: 'latency_std', leftOut: 'says how values scatter' },
      { column: 'note', leftOut: 'has no unit in its name; ?metric=co2:g accepts a column co2_g' },
    ]);
    const kept = (await app.inject('/v1/devices/pi5/measurements?metric=energy&limit=2')).json();
    assert.deepEqual([kept.metric, kept.unit, kept.total], ['energy', 'mJ', 59]);
    assert.equal(kept.measurements[0].latencyMs, undefined);
    assert.ok(Math.abs(kept.measurements[0].value - energyOf(cells[0].latencyMs)) < 1e-9);
    const latencies = (await app.inject('/v1/devices/pi5/measurements?limit=1')).json();
    assert.equal(latencies.total, 60);
    assert.ok(Math.abs(latencies.measurements[0].latencyMs - cells[0].latencyMs) < 1e-9);
    assert.equal(latencies.metric, undefined, 'as version 0.1 answers');
  });

  test('CSV: a metric of one’s own is told by its name where the query names it', async () => {
    const [{ architecture }] = measuredCells(1, 5);
    const csv = `arch,meter_co2_g,latency_ms\n${architecture},0.2,4.5\n`;
    const named = (key: string, ...metrics: string[]) =>
      send('meter', [key, ...metrics.map((metric) => `metric=${encodeURIComponent(metric)}`)].join('&'), csv);
    const unnamed = await named('a');
    assert.deepEqual(unnamed.body.columns[0], {
      column: 'meter_co2_g',
      leftOut: 'has no unit in its name; ?metric=co2:g accepts a column co2_g',
    });
    const only = await named('b', 'co2:g');
    assert.deepEqual(only.body.columns, [
      { column: 'meter_co2_g', device: 'meter', metric: 'co2:g', unit: 'g' },
      { column: 'latency_ms', leftOut: 'is latency, but only other metrics were asked for' },
    ]);
    const both = await named('c', 'co2:g', 'latency');
    assert.equal(both.body.accepted, 2);
    const kept = (await app.inject('/v1/devices/meter/measurements?metric=co2:g')).json();
    assert.deepEqual([kept.total, kept.measurements[0].value], [2, 0.2]);
    const wrong = await named('d', 'co2');
    assert.deepEqual([wrong.status, wrong.body.error.details[0].field], [400, 'metric']);
  });

  test('a search keeps within a limit of energy, and says what networks cost', async () => {
    const body = { name: 'frugal', space: 'nasbench201', strategy: 'random', budget: 12 };
    const evaluator = {
      kind: 'table',
      column: 'top1',
      csv: [
        'arch,top1',
        ...measuredCells(200, 7).map(({ architecture }, i) => `${architecture},${50 + i / 10}`),
      ].join('\n'),
    } as const;
    const begin = (limit: object) =>
      client.startSearch({ ...body, evaluator, limits: [{ device: 'board', ...limit }] });
    const { id } = await begin({ metric: 'energy', most: 6 });
    let found = await client.search(id);
    for await (const search of client.followSearch(id)) found = search;
    assert.equal(found.state, 'succeeded', String(found.error));
    assert.deepEqual(found.request.limits[0], {
      device: 'board',
      maxMs: null,
      metric: 'energy',
      unit: 'mJ',
      most: 6,
      margin: { confidence: 0.8 },
    });
    assert.equal(found.points.length, 12);
    for (const { architecture, latencyMs, costs } of found.points) {
      assert.deepEqual(latencyMs, {});
      const energy = costs!['energy of board in mJ'];
      assert.ok(Math.abs(energy - additiveMs(architecture, 1)) < 0.01 && energy <= 6);
    }
    // On the front are those that no other beats in accuracy and energy.
    const costOf = (point: (typeof found.points)[0]) => point.costs!['energy of board in mJ'];
    for (const a of found.points.filter(({ number }) => found.front.includes(number))) {
      assert.ok(!found.points.some((b) => b.accuracy! > a.accuracy! && costOf(b) < costOf(a)));
    }
    assert.deepEqual(Object.keys(found.best!.costs!), ['energy of board in mJ']);
    const csv = (await app.inject(`/v1/searches/${id}?format=csv`)).body;
    assert.match(csv.split('\n')[0], /latency_ms,costs,/);
    const field = (limit: object) =>
      begin(limit).then(
        () => 'none',
        (error: { details: { field: string }[] }) => error.details[0].field,
      );
    assert.equal(await field({ metric: 'energy', maxMs: 5 }), 'limits.0.maxMs');
    assert.equal(await field({ metric: 'energy' }), 'limits.0.most');
    assert.equal(await field({ metric: 'throughput', most: 5 }), 'limits.0.most');
    assert.equal(await field({ metric: 'throughput' }), 'limits.0.least');
    assert.equal(await field({ metric: 'energy', least: 5 }), 'limits.0.least');
    assert.equal(await field({ metric: 'power', most: 5 }), 'limits.0.device');
    assert.equal(await field({ maxMs: 5 }), 'limits.0.device', 'there is no predictor of its latency');
  });

  test('of what more is better a search keeps above the least, and the front has the most', async () => {
    const cells = measuredCells(200, 7).map(({ architecture }) => architecture);
    const csv = ['arch,top1', ...cells.map((cell, i) => `${cell},${50 + i / 10}`)].join('\n');
    const { id } = await client.startSearch({
      space: 'nasbench201',
      strategy: 'random',
      objective: 'pareto',
      budget: 12,
      evaluator: { kind: 'table', column: 'top1', csv },
      limits: [{ device: 'board', metric: 'throughput', least: 4 }],
    });
    let found = await client.search(id);
    for await (const search of client.followSearch(id)) found = search;
    assert.equal(found.state, 'succeeded', String(found.error));
    const { most, least, unit } = found.request.limits[0];
    assert.deepEqual([most, least, unit], [undefined, 4, '1/s']);
    const rateOf = (point: (typeof found.points)[0]) =>
      point.costs!['throughput of board in 1/s (more is better)'];
    for (const point of found.points) {
      assert.ok(rateOf(point) >= 4 && Math.abs(rateOf(point) - additiveMs(point.architecture, 1)) < 0.01);
      const isBeaten = found.points.some((b) => b.accuracy! > point.accuracy! && rateOf(b) > rateOf(point));
      if (found.front.includes(point.number)) assert.ok(!isBeaten);
      else
        assert.ok(
          found.points.some(
            (b) => b.accuracy! >= point.accuracy! && rateOf(b) >= rateOf(point) && b !== point,
          ),
        );
    }
  });

  test('CSV whose rows say what they are, and JSON, in any unit of the metric', async () => {
    const [a, b, c] = measuredCells(3, 5).map(({ architecture }) => architecture);
    const csv = `arch,metric,value,unit\n${a},energy,0.002,J\n${b},co2:g,3,\n${a},latency,4,ms\n`;
    assert.equal((await send('mixed', 'csv', csv)).status, 200);
    const { metrics } = await client.upload('mixed', {
      key: 'json',
      measurements: [
        { architecture: b, latencyMs: 5 },
        { architecture: b, metric: 'energy', value: 3000, unit: 'µJ' },
        { architecture: c, metric: 'memory', value: 2, unit: 'GB' },
      ],
    });
    assert.deepEqual(
      metrics?.map(({ metric }) => metric),
      ['latency', 'energy', 'memory'],
    );
    const valuesOf = async (metric?: string) => {
      const values: unknown[] = [];
      for await (const m of client.measurements('mixed', { metric, pageSize: 1 }))
        values.push(m.latencyMs ?? m.value);
      return values;
    };
    assert.deepEqual(await valuesOf(), [4, 5]);
    assert.deepEqual(await valuesOf('energy'), [2, 3]);
    assert.deepEqual(await valuesOf('memory'), [2000]);
    assert.deepEqual(await valuesOf('co2:g'), [3]);
    const { measured } = (await app.inject('/v1/overview')).json();
    const mixed = measured.find(({ id }: { id: string }) => id === 'mixed');
    assert.deepEqual(
      [mixed.measurements, mixed.metrics[0]],
      [6, { metric: 'latency', unit: 'ms', measurements: 2 }],
    );
    assert.deepEqual(
      mixed.metrics.map(({ metric, unit }: Record<string, string>) => `${metric} ${unit}`).sort(),
      ['co2:g g', 'energy mJ', 'latency ms', 'memory MB'],
    );
  });

  test('what is wrong is refused in its place, and nothing is kept', async () => {
    const architecture = nasbench201.example;
    const refused = async (row: object) => {
      const payload = { key: 'w', space: 'nasbench201', measurements: [{ architecture, ...row }] };
      const answer = await app.inject({ method: 'POST', url: '/v1/devices/wrong/measurements', payload });
      assert.equal(answer.statusCode, 400, JSON.stringify(row));
      return answer.json().error.details[0] as { field: string; message: string };
    };
    assert.match((await refused({})).message, /is missing: a measurement has latencyMs, or metric and value/);
    assert.equal((await refused({ metric: 'energy' })).field, 'measurements.0.value');
    assert.match(
      (await refused({ metric: 'energy', value: 1, unit: 'ms' })).message,
      /"ms" is not a unit of energy/,
    );
    assert.match((await refused({ metric: 'enrgy', value: 1 })).message, /is not a metric/);
    assert.equal((await refused({ metric: 'energy', value: 0 })).field, 'measurements.0.value');
    assert.match((await refused({ latencyMs: 1, value: 2 })).message, /is given beside latencyMs/);
    const csv = async (text: string) => {
      const { status, body } = await send('wrong', 'w', text);
      assert.equal(status, 400, text);
      return body.error.details[0] as { field: string; message: string };
    };
    assert.match((await csv('arch,wrong_mj,energy_j\n')).message, /two columns are energy of wrong/);
    assert.match((await csv('arch,architecture,wrong_mj\n')).message, /two columns hold the architecture/);
    const twice = `arch,device,latency_ms\n${architecture},a,1\n${architecture},b,1\n`;
    assert.deepEqual((await csv(twice)).field, 'line 3, column device');
    assert.match((await csv(`arch,wrong_mj\n${architecture},0x10\n`)).message, /"0x10" is not a number/);
    assert.deepEqual(await csv(`arch,wrong_mj\n"${architecture}\n",1\n\n${architecture},1e400\n`), {
      field: 'line 5, column wrong_mj',
      message: '"1e400" is too large for a number',
    });
    assert.equal((await csv(`arch,wrong_mj\n"${architecture}\n",x\n`)).field, 'line 2, column wrong_mj');
    assert.equal(
      (await csv(`arch,wrong_mj,latency_ms\n${architecture},,\n`)).field,
      'line 2, column wrong_mj',
    );
    assert.equal((await csv(`arch,wrong_mj\n${architecture},-3\n`)).field, 'line 2, column wrong_mj');
    assert.equal((await app.inject('/v1/devices/wrong/measurements')).statusCode, 404);
  });

  test('each metric has its own versions: trained, promoted and rolled back beside the latency', async () => {
    const trained = async (metric: string | undefined, predictor: string) => {
      const { id } = await client.train('pi5', { metric, predictor });
      for await (const job of client.followJob(id)) if (job.state === 'succeeded') return job.result!;
      throw new Error('the training failed');
    };
    await trained(undefined, 'lookup');
    const first = await trained('energy', 'flops');
    const second = await trained('energy', 'lookup');
    assert.deepEqual([second.metric, second.promoted], ['energy', true]);

    const { architecture, latencyMs } = measuredCells(1, 5)[0];
    const ask = async (metric?: string) =>
      (await client.predict({ device: 'pi5', metric, architectures: [architecture] })).predictions[0];
    assert.ok(Math.abs((await ask('energy')).value! / energyOf(latencyMs) - 1) < 0.02);
    const latency = await ask();
    assert.ok(Math.abs(latency.latencyMs! / latencyMs - 1) < 0.02);

    const of = { metric: 'energy' };
    const listed = await client.versions('pi5', of);
    assert.deepEqual([listed.metric, listed.unit, listed.serving], ['energy', 'mJ', second.version]);
    assert.deepEqual(
      listed.versions.map(({ version }) => version),
      [second.version, first.version],
    );
    assert.equal((await client.rollback('pi5', undefined, of)).serving, first.version);
    assert.equal((await ask('energy')).modelVersion, first.version);
    assert.deepEqual(await ask(), latency, 'the latency is as it was');
    assert.equal((await client.promote('pi5', second.version as string, of)).serving, second.version);
    assert.equal((await client.versions('pi5')).versions.length, 1);
    const card = await client.device('pi5', of);
    assert.equal(card.target?.metric.unit, 'mJ');
    await assert.rejects(client.train('mixed', of), /mixed has 2 measurements of energy; 10 are needed/);
  });

  test('a metric of one’s own is learned and served, whatever its unit has in it', async () => {
    const measurements = measuredCells(40, 2).map(({ architecture, latencyMs }) => ({
      architecture,
      metric: 'score:1/kg:more',
      value: latencyMs,
    }));
    await client.upload('own', { key: 'a', space: 'nasbench201', measurements });
    const { id } = await client.train('own', { metric: 'score:1/kg:more', predictor: 'lookup' });
    for await (const _ of client.followJob(id));
    const architectures = [measurements[0].architecture];
    const answer = await client.predict({ device: 'own', metric: 'score:1/kg:more', architectures });
    assert.equal(answer.unit, '1/kg');
    assert.ok(Math.abs(answer.predictions[0].value! / measurements[0].value - 1) < 0.02);
  });

  test('a device of which only the energy is predicted is known; what disagrees with it is reported', async () => {
    const measurements = measuredCells(20, 1).map(({ architecture, latencyMs }) => ({
      architecture,
      metric: 'energy',
      value: 2 * latencyMs,
    }));
    const { drift, metrics } = await client.upload('board', { key: 'a', measurements });
    assert.equal(drift, null, 'no latency was measured');
    assert.equal(metrics?.[0].drift?.drifted, true);
    assert.ok(Math.abs(metrics![0].drift!.medianRatio - 2) < 0.05);
    const later = await client.drift('board', { metric: 'energy' });
    assert.deepEqual([later.unit, later.unlearned], ['mJ', 20]);
    const [{ value, predicted }] = later.drift!.worst;
    assert.ok(Math.abs(value! / predicted! - 2) < 0.1);
    assert.equal((await client.drift('board')).drift, null);
  });

  test('files name the metric and its unit', async () => {
    const file = async (format: string) =>
      app.inject(`/v1/devices/pi5/measurements?metric=energy&format=${format}`);
    const csv = await file('csv');
    assert.match(String(csv.headers['content-disposition']), /filename="pi5-energy-measurements\.csv"/);
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    const { rawPayload: raw } = await file('parquet');
    const bytes = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length) as ArrayBuffer;
    const same = await parquetReadObjects({ file: bytes });
    assert.equal(rows.length, 59);
    assert.deepEqual(
      rows.map(({ energy_mj }) => Number(energy_mj)),
      same.map(({ energy_mj }) => energy_mj),
    );
    const versions = await app.inject('/v1/devices/pi5/versions?metric=energy&format=csv');
    assert.equal(parse(versions.body, { columns: true }).length, 2);
  });
});
