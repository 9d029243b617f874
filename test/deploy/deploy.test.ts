import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { type Static, type TSchema, Type } from '#typebox';
import { Errors } from '#typebox/schema';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { assertRuns, KNOWN_VARIABLES } from './program.js';

const deploy = (...path: string[]) => join(packageRoot, 'deploy', ...path);
const read = (...path: string[]) => readFileSync(deploy(...path), 'utf8');

function checked<T extends TSchema>(schema: T, value: unknown, what: string): Static<T> {
  for (const { instancePath, message } of Errors(schema, value)[1]) {
    assert.fail(`${what} ${instancePath}: ${message}`);
  }
  return value as Static<T>;
}

const Args = Type.Array(Type.String(), { minItems: 1 });
const Compose = Type.Object({
  services: Type.Record(
    Type.String(),
    Type.Object({
      image: Type.String(),
      command: Type.Optional(Args),
      environment: Type.Optional(Type.Record(Type.String(), Type.String())),
      depends_on: Type.Optional(Type.Union([Args, Type.Record(Type.String(), Type.Unknown())])),
      build: Type.Optional(Type.Object({ context: Type.String(), dockerfile: Type.String() })),
      volumes: Type.Optional(Args),
    }),
  ),
  volumes: Type.Record(Type.String(), Type.Unknown()),
});

test('the compose file runs two servers and two workers of this program on one database, behind a balancer', () => {
  const { services, volumes } = checked(
    Compose,
    parse(read('compose.yaml'), { merge: true }),
    'compose.yaml',
  );
  const commands = Object.values(services).flatMap(({ command }) => (command ? [command] : []));
  assert.deepEqual(commands.map(([name]) => name).sort(), ['serve', 'serve', 'worker', 'worker']);
  for (const [name, { command, environment = {}, depends_on, build, volumes: mounts = [] }] of Object.entries(
    services,
  )) {
    const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on ?? {});
    for (const other of needed) assert.ok(other in services, `${name} depends on ${other}`);
    for (const mount of mounts) {
      const [source] = mount.split(':');
      assert.ok(
        source.startsWith('.') ? existsSync(deploy(source)) : source in volumes,
        `${name}: ${source}`,
      );
    }
    if (!command) continue;
    assertRuns(command);
    // A service that does not leave its jobs would train beside its predictions.
    assert.equal(command.includes('--no-jobs'), command[0] === 'serve');
    assert.equal(new URL(environment.DATABASE_URL.replace(/\$\{\w+:\?\}/, 'x')).hostname, 'database');
    for (const variable of Object.keys(environment)) assert.ok(KNOWN_VARIABLES.includes(variable), variable);
    assert.ok(existsSync(join(packageRoot, 'deploy', build!.context, build!.dockerfile)));
  }

  const balanced = [...read('haproxy.cfg').matchAll(/^ {2}server \S+ ([^:\s]+):(\d+)/gm)];
  const servers = Object.keys(services).filter((name) => services[name].command?.[0] === 'serve');
  assert.deepEqual(
    balanced.map(([, host, port]) => [host, port]),
    servers.map((name) => [name, '8080']),
  );
});

const Labels = Type.Record(Type.String(), Type.String());
const Probe = Type.Optional(
  Type.Object({ httpGet: Type.Object({ path: Type.String(), port: Type.String() }) }),
);
const Container = Type.Object({
  image: Type.String(),
  args: Args,
  ports: Type.Optional(Type.Array(Type.Object({ name: Type.String(), containerPort: Type.Integer() }))),
  env: Type.Array(
    Type.Object({
      name: Type.String(),
      valueFrom: Type.Object({ secretKeyRef: Type.Object({ name: Type.String(), key: Type.String() }) }),
    }),
  ),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  securityContext: Type.Object({ readOnlyRootFilesystem: Type.Literal(true) }),
  volumeMounts: Type.Array(Type.Object({ name: Type.String(), mountPath: Type.String() })),
});
const Deployment = Type.Object({
  kind: Type.Literal('Deployment'),
  metadata: Type.Object({ name: Type.String() }),
  spec: Type.Object({
    replicas: Type.Integer({ minimum: 2 }),
    selector: Type.Object({ matchLabels: Labels }),
    template: Type.Object({
      metadata: Type.Object({ labels: Labels }),
      spec: Type.Object({
        containers: Type.Array(Container, { minItems: 1 }),
        volumes: Type.Array(Type.Object({ name: Type.String(), emptyDir: Type.Object({}) })),
        securityContext: Type.Object({ runAsNonRoot: Type.Literal(true) }),
      }),
    }),
  }),
});

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: {
    selector: Record<string, string> & { matchLabels?: Record<string, string> };
    ports?: unknown[];
  };
  readonly stringData?: Record<string, string>;
}

test('the manifests for Kubernetes fit together, and their commands, probes and variables are this program’s', () => {
  const files = readdirSync(deploy('kubernetes'));
  const documents = (name: string) =>
    parseAllDocuments(read('kubernetes', name)).map((document) => {
      assert.deepEqual(document.errors, [], name);
      return document.toJS() as Manifest;
    });
  const { resources } = documents('kustomization.yaml')[0] as Manifest & { resources: string[] };
  assert.deepEqual(
    [...resources, 'kustomization.yaml', 'secret.example.yaml'].sort(),
    files.sort(),
    'every file is used',
  );
  const all = resources.flatMap(documents);
  const [secret] = documents('secret.example.yaml');
  const openapi = JSON.parse(readFileSync(join(packageRoot, 'docs', 'openapi.json'), 'utf8'));

  const deployments = all
    .filter(({ kind }) => kind === 'Deployment')
    .map((manifest) => checked(Deployment, manifest, 'Deployment'));
  assert.deepEqual(deployments.map(({ metadata }) => metadata.name).sort(), ['server', 'worker']);
  const podLabels = deployments.map(({ spec }) => spec.template.metadata.labels);
  for (const { spec } of deployments) {
    assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
    const [container] = spec.template.spec.containers;
    assertRuns(container.args);
    const volumes = spec.template.spec.volumes.map(({ name }) => name);
    assert.deepEqual(container.volumeMounts.map(({ name }) => name).sort(), volumes.sort());
    for (const { name, valueFrom } of container.env) {
      assert.ok(KNOWN_VARIABLES.includes(name), name);
      assert.ok(valueFrom.secretKeyRef.key in secret.stringData!, valueFrom.secretKeyRef.key);
    }
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      if (!probe) continue;
      assert.equal(openapi.paths[probe.httpGet.path].get.security, undefined, 'a probe has no key');
      assert.ok(container.ports!.some(({ name }) => name === probe.httpGet.port));
    }
  }
  for (const { kind, spec } of all) {
    if (kind !== 'Service' && kind !== 'PodDisruptionBudget') continue;
    const selector = spec.selector.matchLabels ?? spec.selector;
    assert.ok(
      podLabels.some((labels) => JSON.stringify(labels) === JSON.stringify(selector)),
      kind,
    );
  }
});

test('what the container file puts into the image is enough to serve', async () => {
  const image = temporaryFolder();
  const copied = [...read('Containerfile').matchAll(/^COPY --from=build \/app\/(\S+) \.\/(\S*)$/gm)];
  assert.ok(copied.length > 3);
  for (const [, from, to] of copied) {
    const [source, target] = [join(packageRoot, from), join(image, to || from)];
    mkdirSync(dirname(target), { recursive: true });
    if (from === 'node_modules') symlinkSync(source, target);
    else
      cpSync(source, target, {
        recursive: true,
        filter: (path) => !path.startsWith(join(packageRoot, 'dist', 'test')),
      });
  }
  const list = (line: RegExp): string[] => JSON.parse(read('Containerfile').match(line)![1]);
  const [entry, command] = [list(/^ENTRYPOINT (.*)$/m), list(/^CMD (.*)$/m)];
  assertRuns(command);
  const server = spawn(entry[0], [...entry.slice(1), ...command, '--port', '0'], {
    cwd: image,
    env: {
      PATH: process.env.PATH,
      TEMPOGRAPH_DATA: join(image, 'data'),
      TEMPOGRAPH_ADMIN_KEY: 'a'.repeat(43),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const [said] = await Promise.race([once(server.stdout, 'data'), exited]);
  const url = String(said).match(/http:\S+/)![0];
  assert.match(String(said), /devices: .*pixel3/);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal((await fetch(`${url}/`)).status, 200, 'the page');
  assert.equal((await fetch(`${url}/v1/devices`)).status, 401);
  server.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});

const haproxy = [process.env.HAPROXY, 'haproxy', '/usr/sbin/haproxy'].find(
  (program) => program && spawnSync(program, ['-v']).status === 0,
);

test('HAProxy takes its configuration', {
  skip: haproxy === undefined && 'there is no haproxy',
}, async () => {
  const folder = temporaryFolder();
  // The servers' names are known in the network of the compose file only.
  const config = read('haproxy.cfg').replace(/^( {2}server \S+) [^:\s]+:/gm, '$1 127.0.0.1:');
  writeFileSync(join(folder, 'haproxy.cfg'), config);
  const { status, stderr } = spawnSync(haproxy!, ['-c', '-f', join(folder, 'haproxy.cfg')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});
