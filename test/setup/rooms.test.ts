import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { DirectedGraph } from 'graphology';
import { stronglyConnectedComponents } from 'graphology-components';
import { packageRoot } from '../../src/base/package-root.js';

/** The rooms of the house, each of which imports only from those before it. */
const ROOMS = ['src', 'api', 'client', 'server/page', 'fleet', 'server', 'cli', 'bench'];

const sources = ROOMS.filter((room) => !room.includes('/')).flatMap((room) =>
  readdirSync(join(packageRoot, room), { recursive: true })
    .map((path) => join(room, String(path)))
    .filter((path) => path.endsWith('.ts')),
);

/** Every import of a file of ours by another, types and those that wait until they are needed included. */
function imports(): DirectedGraph {
  const graph = new DirectedGraph();
  for (const file of sources) graph.mergeNode(file);
  for (const file of sources) {
    const text = readFileSync(join(packageRoot, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from |import |import\()'(\.[^']+)'/g)) {
      const target = normalize(join(dirname(file), path)).replace(/\.js$/, '.ts');
      if (graph.hasNode(target)) graph.mergeEdge(file, target);
    }
  }
  return graph;
}

const roomOf = (file: string) =>
  ROOMS.findLastIndex((room) => file.startsWith(`${room}/`) && roomIs(file, room));
const roomIs = (file: string, room: string) => room !== 'server' || !file.startsWith('server/page/');

test('imports run one way: bench → cli → server → fleet → page → client → api → src', () => {
  const back: string[] = [];
  imports().forEachEdge((_edge, _attributes, from, to) => {
    if (roomOf(from) < roomOf(to)) back.push(`${from} imports ${to}`);
  });
  assert.deepEqual(back, []);
});

test('no file imports itself by way of others, not even types', () => {
  const circles = stronglyConnectedComponents(imports()).filter(({ length }) => length > 1);
  assert.deepEqual(circles, []);
});

test('no room of the library imports itself by way of others', () => {
  const rooms = new DirectedGraph();
  const roomIn = (file: string) => /^src\/(\w+)\//.exec(file)?.[1];
  imports().forEachEdge((_edge, _attributes, from, to) => {
    const [importing, imported] = [roomIn(from), roomIn(to)];
    if (importing && imported && importing !== imported) rooms.mergeEdge(importing, imported);
  });
  const circles = stronglyConnectedComponents(rooms).filter(({ length }) => length > 1);
  assert.deepEqual(circles, []);
});

test('nothing in the store knows HTTP', () => {
  const knows = imports().filterNodes(
    (file) =>
      file.startsWith('server/store/') &&
      /fastify|statusCode|ApiError/.test(readFileSync(join(packageRoot, file), 'utf8')),
  );
  assert.deepEqual(knows, []);
});

test('an exported name stands for one thing', () => {
  const places = new Map<string, Set<string>>();
  for (const file of sources) {
    // The face of the library names again what it loads when it is called; spaces have files that are alike.
    if (file === 'src/index.ts') continue;
    const place = file.replace(/^src\/spaces\/\w+\//, 'src/spaces/*/');
    const text = readFileSync(join(packageRoot, file), 'utf8');
    const declared = /^export (?:async |abstract )?(?:class|function\*?|const|interface|type|enum) (\w+)/gm;
    for (const [, name] of text.matchAll(declared)) {
      places.set(name, (places.get(name) ?? new Set()).add(place));
    }
  }
  const doubled = [...places].filter(([, { size }]) => size > 1);
  assert.deepEqual(
    doubled.map(([name, files]) => `${name}: ${[...files].join(', ')}`),
    [],
  );
});
