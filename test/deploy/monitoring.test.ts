import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { buildApp } from '../../server/app.js';
import { packageRoot } from '../../src/base/package-root.js';
import { saveAdditiveDevice } from '../server/additive-device.js';
import { measuredCells } from '../server/measured-cells.js';
import { temporaryFolder } from '../temporary-folder.js';

const monitoring = join(packageRoot, 'deploy', 'monitoring');
const read = (name: string) => readFileSync(join(monitoring, name), 'utf8');

/** Labels that Prometheus adds to whatever it reads. */
const OF_PROMETHEUS = ['job', 'instance'];

/** What an expression of PromQL asks for. */
interface Asked {
  readonly metrics: string[];
  readonly labels: string[];
}

function askedBy(expression: string): Asked {
  // Grafana writes its own variables into the text first.
  const text = expression.replaceAll('$__rate_interval', '5m');
  const [metrics, labels] = [new Set<string>(), new Set<string>()];
  parser.parse(text).iterate({
    enter({ name, type, from, to }) {
      assert.ok(!type.isError, `${text}: ${text.slice(from)}`);
      if (name === 'Identifier') metrics.add(text.slice(from, to));
      if (name === 'LabelName') labels.add(text.slice(from, to));
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}

/** The labels of each metric, as Prometheus reads them. */
async function emitted(): Promise<Map<string, Set<string>>> {
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  await saveAdditiveDevice(models, 'board', 1);
  const app = await buildApp({ models, data: join(folder, 'data'), runJobs: false, logLevel: 'error' });
  try {
    const post = async (url: string, payload: object) => {
      const answer = await app.inject({ method: 'POST', url, payload });
      assert.ok(answer.statusCode < 300, answer.body);
      return answer.json();
    };
    const cells = measuredCells(40, 2);
    const architectures = cells.map(({ architecture }) => architecture);
    await post('/v1/predict', { device: 'board', architectures, track: true });
    await post('/v1/devices/board/measurements', { key: 'a', measurements: cells });
    await post('/v1/devices/board/candidates', { architectures });
    await post('/v1/devices/board/train', { predictor: 'lookup' });
    const { body } = await app.inject('/metrics');
    const found = new Map<string, Set<string>>();
    for (const [, name, labels = ''] of body.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gm)) {
      const known = found.get(name) ?? new Set(OF_PROMETHEUS);
      for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label);
      found.set(name, known);
    }
    return found;
  } finally {
    await app.close();
  }
}

interface Alerts {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}
interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
  templating: { list: { type: string; query: string }[] };
}

describe('what watches the service', () => {
  const rules = (parse(read('alerts.yaml')) as Alerts).groups.flatMap((group) => group.rules);
  const { panels, templating } = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
  const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  const expressions = [...rules.map(({ alert, expr }) => ({ title: alert, expr })), ...shown];
  let metrics: Map<string, Set<string>>;
  before(async () => {
    metrics = await emitted();
    metrics.set('up', new Set(OF_PROMETHEUS));
  });

  test('asks for metrics and labels that /metrics has', () => {
    assert.ok(rules.length > 5 && shown.length > 10);
    for (const { title, expr } of expressions) {
      const asked = askedBy(expr);
      assert.ok(asked.metrics.length > 0, title);
      for (const metric of asked.metrics) assert.ok(metrics.has(metric), `${title}: there is no ${metric}`);
      const known = asked.metrics.flatMap((metric) => [...metrics.get(metric)!]);
      for (const label of asked.labels) assert.ok(known.includes(label), `${title}: nothing has ${label}`);
    }
    for (const { query } of templating.list.filter(({ type }) => type === 'query')) {
      const [, metric, label] = query.match(/^label_values\((\w+), (\w+)\)$/)!;
      assert.ok(metrics.get(metric)?.has(label), query);
    }
  });

  test('leaves none of the service’s own metrics out', () => {
    const asked = new Set(expressions.flatMap(({ expr }) => askedBy(expr).metrics));
    const own = [...metrics.keys()].filter((name) => name.startsWith('tempograph_'));
    const missing = own.filter((name) => !asked.has(name) && !/_bucket$/.test(name));
    assert.deepEqual(missing, []);
  });

  test('names in an alert’s text only what the alert has', () => {
    for (const { alert, expr, annotations } of rules) {
      const asked = askedBy(expr);
      // What an aggregation is not by is gone.
      const grouped = /\bby \(/.test(expr);
      const left = grouped ? asked.labels : [...OF_PROMETHEUS, ...asked.labels];
      for (const [, label] of Object.values(annotations)
        .join()
        .matchAll(/\$labels\.(\w+)/g)) {
        assert.ok(left.includes(label), `${alert}: ${label}`);
      }
    }
  });

  const promtool = [process.env.PROMTOOL, 'promtool'].find(
    (program) => program && spawnSync(program, ['--version']).status === 0,
  );
  test('is taken by Prometheus, and fires when it should', {
    skip: promtool === undefined && 'there is no promtool (on Debian: apt-get install prometheus)',
  }, () => {
    for (const args of [
      ['check', 'config', '--syntax-only', join(monitoring, 'prometheus.yaml')],
      ['check', 'rules', join(monitoring, 'alerts.yaml')],
      ['test', 'rules', join(packageRoot, 'test', 'deploy', 'alerts.test.yaml')],
    ]) {
      const { status, stdout, stderr } = spawnSync(promtool!, args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    }
  });
});
