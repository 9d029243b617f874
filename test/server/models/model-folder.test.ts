import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelFolder, type ModelProblem } from '../../../server/models/model-folder.js';
import { ServiceMetrics } from '../../../server/monitoring/metrics.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { additiveMs, saveAdditiveDevice } from '../additive-device.js';

const cell = nasbench201.example;

/** Longer than the time for which the folder is taken to be unchanged. */
const LATER_MS = 1050;

describe('a folder of predictors', () => {
  /** Predictors to copy from: `slow` and `fast` both for device `board`. */
  let made: string;
  let folder: string;
  let problems: ModelProblem[];
  let models: ModelFolder;

  before(async () => {
    made = temporaryFolder();
    await saveAdditiveDevice(made, 'board', 1);
    await rename(join(made, 'board'), join(made, 'fast'));
    await saveAdditiveDevice(made, 'board', 100);
    await rename(join(made, 'board'), join(made, 'slow'));
    await saveAdditiveDevice(made, 'other', 10);
  });

  beforeEach(async () => {
    folder = temporaryFolder();
    problems = [];
    models = new ModelFolder({
      folders: [folder],
      cacheSize: 100,
      metrics: new ServiceMetrics(() => 0),
      onProblem: (problem) => problems.push(problem),
    });
  });
  afterEach(async () => {
    await models.close();
  });

  const put = (name: string, as: string) => cp(join(made, name), join(folder, as), { recursive: true });
  const served = () => models.all().map(({ card }) => card.device);

  async function answerNear(expectedMs: number): Promise<void> {
    const [{ value: latencyMs }] = await models.get('board')!.predict([cell]);
    assert.ok(Math.abs(latencyMs! - expectedMs) < 0.01 * expectedMs, `${latencyMs} is not ${expectedMs}`);
  }

  test('at start-up one process loads all predictors; while they serve, a new one is tried in its own', async () => {
    let started = 0;
    const count = () => void started++;
    subscribe('child_process', count);
    try {
      await put('fast', 'board');
      await put('other', 'other');
      await models.upToDate();
      assert.deepEqual([served(), started], [['board', 'other'], 1]);
      await saveAdditiveDevice(folder, 'third', 5);
      await sleep(LATER_MS);
      await models.upToDate();
      assert.deepEqual([served(), started], [['board', 'other', 'third'], 2]);
    } finally {
      unsubscribe('child_process', count);
    }
  });

  test('a predictor added while serving is found when it is asked for', async () => {
    await models.upToDate();
    assert.equal(models.get('board'), undefined);
    await put('fast', 'board');
    await sleep(LATER_MS);
    await models.upToDate();
    await answerNear(additiveMs(cell, 1));
  });

  test('a predictor replaced while queries run is taken over whole: each answer is of one version or the other', async () => {
    await put('fast', 'board');
    await models.upToDate();
    const version = models.get('board')!.card.version;
    const [fastMs, slowMs] = [additiveMs(cell, 1), additiveMs(cell, 100)];
    await answerNear(fastMs);

    // First the model without its card, as a copy that is under way would leave it.
    await cp(join(made, 'slow', 'model.onnx'), join(folder, 'board', 'model.onnx'));
    await sleep(LATER_MS);
    await models.upToDate();
    assert.equal(models.get('board')!.card.version, version, 'half a replacement is not served');
    assert.match(problems[0].message, /hash is [0-9a-f]{12}, but its card describes [0-9a-f]{12}/);
    await answerNear(fastMs);

    for (const file of ['interval.onnx', 'card.json']) {
      await cp(join(made, 'slow', file), join(folder, 'board', file));
    }
    const deadlineMs = Date.now() + 60_000;
    const seen = new Set<string>();
    while (seen.size < 2 && Date.now() < deadlineMs) {
      const model = models.get('board')!;
      const [{ value: latencyMs, modelVersion }] = await model.predict([cell]);
      const expectedMs = modelVersion === version ? fastMs : slowMs;
      assert.ok(Math.abs(latencyMs! - expectedMs) < 0.01 * expectedMs);
      seen.add(modelVersion!);
      await sleep(5);
    }
    assert.equal(seen.size, 2, 'both versions answered');
    await answerNear(slowMs);
    assert.deepEqual(models.problems, []);
  });

  test('a deleted predictor is no longer served', async () => {
    await put('fast', 'board');
    await put('other', 'other');
    await models.upToDate();
    assert.deepEqual(served(), ['board', 'other']);
    await rm(join(folder, 'board'), { recursive: true });
    await sleep(LATER_MS);
    await models.upToDate();
    assert.deepEqual(served(), ['other']);
  });

  test('a folder that cannot be read for a while is reported, and what was in it served on', async () => {
    await put('fast', 'board');
    await models.upToDate();
    const away = `${folder}-away`;
    await rename(folder, away);
    await writeFile(folder, 'no folder');
    await models.refresh();
    assert.deepEqual(served(), ['board']);
    assert.match(problems[0].message, /cannot be read: ENOTDIR/);
    await rm(folder);
    await rename(away, folder);
    await models.refresh();
    assert.deepEqual([served(), models.problems, problems.length], [['board'], [], 1]);
  });

  test('broken folders are reported once, and the others served', async () => {
    await put('other', 'other');
    await put('fast', 'no_model');
    await rm(join(folder, 'no_model', 'model.onnx'));
    await put('fast', 'bad_card');
    await writeFile(join(folder, 'bad_card', 'card.json'), '{"format": 7}');
    await put('fast', 'cut_off');
    await writeFile(join(folder, 'cut_off', 'model.onnx'), 'not ONNX');
    await put('fast', 'wrong_space');
    const card = join(folder, 'wrong_space', 'card.json');
    await writeFile(card, (await readFile(card, 'utf8')).replace('"nasbench201"', '"mnasnet"'));
    await models.upToDate();
    await sleep(LATER_MS);
    await models.upToDate();
    assert.deepEqual(served(), ['other']);
    const told = new Map(models.problems.map((problem) => [problem.folder, problem.message]));
    assert.equal(told.size, 4);
    assert.match(told.get(join(folder, 'no_model'))!, /there is no such file/);
    assert.match(told.get(join(folder, 'bad_card'))!, /card\.json: must have required properties/);
    assert.match(told.get(join(folder, 'cut_off'))!, /hash is/);
    assert.match(told.get(join(folder, 'wrong_space'))!, /does not answer for space mnasnet/);
    assert.equal(problems.length, 4, 'each is reported once');
  });

  test('of two folders for one device the first is served and the second reported, until it takes over', async () => {
    await put('fast', 'a');
    await put('slow', 'b');
    await models.upToDate();
    await answerNear(additiveMs(cell, 1));
    assert.match(models.problems[0].message, /another folder already serves device board/);
    await rm(join(folder, 'a'), { recursive: true });
    await sleep(LATER_MS);
    await models.upToDate();
    await answerNear(additiveMs(cell, 100));
    assert.deepEqual(models.problems, []);
  });
});
