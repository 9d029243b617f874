import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { packageRoot } from '../../src/base/package-root.js';
import { version } from '../../src/base/version.js';
import { temporaryFile } from '../temporary-folder.js';
import { ChartTemplates } from './chart-template.js';
import { assertRuns, KNOWN_VARIABLES } from './program.js';

const chart = join(packageRoot, 'deploy', 'helm', 'tempograph');
const read = (...path: string[]) => readFileSync(join(chart, ...path), 'utf8');
const templates = readdirSync(join(chart, 'templates')).sort();
const DEFAULTS = parse(read('values.yaml')) as Values;
const ABOUT = parse(read('Chart.yaml')) as Record<string, string>;

interface Values {
  [name: string]: string | number | boolean | Values;
}
interface Container {
  image?: string;
  imagePullPolicy?: string;
  command?: string[];
  args: string[];
  env: { name: string; value?: string }[];
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown> & {
    replicas: number;
    selector: { matchLabels: object };
    template: { metadata: { labels: object }; spec: { containers: Container[] } };
    jobTemplate: { spec: { template: { spec: { containers: Container[] } } } };
  };
}

/** Everything that can be switched on or set, in another form than by default. */
const EVERYTHING: Values = {
  image: { ...(DEFAULTS.image as Values), tag: 'other' },
  secretName: 'own',
  server: { ...(DEFAULTS.server as Values), replicas: 3, rateLimit: 2_000_000, trustProxy: '' },
  ingress: {
    enabled: true,
    className: 'nginx',
    host: 'h.example.com',
    tlsSecretName: 'certificate',
    annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '16m' },
  },
  tracing: { endpoint: 'http://collector:4318' },
  backup: { ...(DEFAULTS.backup as Values), enabled: true },
};

/** What the chart makes of its values, each template by itself. */
function rendered(values: Values): Manifest[] {
  const { name: Name, version: Version, appVersion: AppVersion } = ABOUT;
  const Release = { Name: 'release', Namespace: 'space', Service: 'Helm' };
  const root = { Values: { ...DEFAULTS, ...values }, Release, Chart: { Name, Version, AppVersion } };
  const language = new ChartTemplates(root);
  return templates.flatMap((name) => {
    const text = language.render(read('templates', name));
    return name.endsWith('.yaml') ? documentsOf(text, name) : [];
  });
}

function documentsOf(text: string, name: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors, [], `${name}\n${text}`);
    return (document.toJS() as Manifest | null) ?? [];
  });
}

function only(all: Manifest[], kind: string, name: string): Manifest {
  const found = all.filter((one) => one.kind === kind && one.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}`);
  return found[0];
}

describe('the Helm chart', () => {
  test('is of the package’s version', () => {
    assert.deepEqual([ABOUT.version, ABOUT.appVersion], [version, version]);
  });

  test('uses every value, and only values that are there', () => {
    const leaves = (values: Values, path = ''): string[] =>
      Object.entries(values).flatMap(([name, value]) =>
        typeof value === 'object' && Object.keys(value).length > 0
          ? leaves(value, `${path}.${name}`)
          : [`${path}.${name}`],
      );
    const text = templates.map((name) => read('templates', name)).join();
    const used = new Set([...text.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, path]) => path));
    const known = leaves(DEFAULTS);
    const covers = (path: string, leaf: string) => leaf === path || leaf.startsWith(`${path}.`);
    assert.deepEqual(
      known.filter((leaf) => ![...used].some((path) => covers(path, leaf))),
      [],
      'values that nothing uses',
    );
    assert.deepEqual(
      [...used].filter((path) => !known.some((leaf) => covers(path, leaf))),
      [],
      'values that are not there',
    );
  });

  test('makes pods like those of deploy/kubernetes', () => {
    const all = rendered({});
    assert.deepEqual(all.map(({ kind }) => kind).sort(), [
      'Deployment',
      'Deployment',
      'PodDisruptionBudget',
      'Service',
    ]);
    for (const part of ['server', 'worker']) {
      const file = readFileSync(join(packageRoot, 'deploy', 'kubernetes', `${part}.yaml`), 'utf8');
      const manifest = only(documentsOf(file, part), 'Deployment', part);
      const made = only(all, 'Deployment', `release-${part}`);
      const [container] = made.spec.template.spec.containers;
      assert.equal(container.image, `registry.example.com/tempograph:${version}`);
      assertRuns(container.args);
      const rest = ({ spec }: Manifest) => ({
        replicas: spec.replicas,
        pod: {
          ...spec.template.spec,
          containers: spec.template.spec.containers.map(
            ({ image: _image, imagePullPolicy: _policy, args: _args, ...same }) => same,
          ),
        },
      });
      assert.deepEqual(rest(made), rest(manifest));
    }
  });

  test('selects the pods it makes', () => {
    const all = rendered({});
    for (const part of ['server', 'worker']) {
      const { spec } = only(all, 'Deployment', `release-${part}`);
      const labels = Object.entries(spec.template.metadata.labels);
      const selects = (selector: object) =>
        Object.entries(selector).every(([name, value]) => labels.some(([n, v]) => n === name && v === value));
      assert.ok(selects(spec.selector.matchLabels));
      const isServer = part === 'server';
      assert.equal(selects(only(all, 'Service', 'release').spec.selector), isServer);
      const budget = only(all, 'PodDisruptionBudget', 'release-server');
      assert.equal(selects(budget.spec.selector.matchLabels), isServer);
    }
  });

  test('with everything switched on, is what was asked for', () => {
    const all = rendered(EVERYTHING);
    const server = only(all, 'Deployment', 'release-server');
    const [container] = server.spec.template.spec.containers;
    assert.equal(server.spec.replicas, 3);
    assert.equal(container.image, 'registry.example.com/tempograph:other');
    assert.deepEqual(container.args.slice(-2), ['--rate-limit', '2000000']);
    assert.deepEqual(only(all, 'Ingress', 'release').spec, {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['h.example.com'], secretName: 'certificate' }],
      rules: [
        {
          host: 'h.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'release', port: { name: 'http' } } },
              },
            ],
          },
        },
      ],
    });
    const { template } = only(all, 'CronJob', 'release-backup').spec.jobTemplate.spec;
    const [backup] = template.spec.containers;
    assert.deepEqual(backup.command, ['sh', '-euc']);
    const command = backup.args[0].match(/^node scripts\/tempograph\.mjs (.*)$/m)![1];
    assertRuns(command.split(' '));
    const containers = [
      container,
      only(all, 'Deployment', 'release-worker').spec.template.spec.containers[0],
    ];
    for (const { env } of containers) {
      for (const { name } of env) assert.ok(KNOWN_VARIABLES.includes(name), name);
      const endpoint = env.find(({ name }) => name === 'OTEL_EXPORTER_OTLP_ENDPOINT');
      assert.equal(endpoint?.value, 'http://collector:4318');
    }
  });

  const noHelm = spawnSync('helm', ['version']).status !== 0 && 'there is no helm';
  for (const [what, values] of Object.entries({ defaults: {}, everything: EVERYTHING })) {
    test(`is rendered by helm as here: ${what}`, { skip: noHelm }, () => {
      const file = temporaryFile('values.yaml', stringify(values));
      const args = ['template', 'release', chart, '--namespace', 'space', '--values', file];
      const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const byName = (all: Manifest[]) =>
        Object.fromEntries(all.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
      assert.deepEqual(byName(documentsOf(stdout, 'helm')), byName(rendered(values)));
    });
  }
});
