import { type Device, fetchDevices, fetchSpace, type Prediction, predictOn, type Space } from './api.js';
import { Board } from './board.js';
import { type Cell, formatCell, parseCell, randomCell } from './cell.js';
import { drawCell } from './cell-graph.js';
import { comparisonRows, scaleText } from './comparison.js';
import { drawDistribution } from './distribution.js';
import { formatMs, formatShare, shareSlower } from './latency.js';
import { OperationPicker } from './operation-picker.js';

const CELL_SPACE = 'nasbench201';
const FIRST_CELL: Cell = [
  'nor_conv_3x3',
  'nor_conv_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'nor_conv_3x3',
  'skip_connect',
];

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const deviceSelect = at<HTMLSelectElement>('device');
const architectureText = at<HTMLTextAreaElement>('architecture');
const picker = new OperationPicker(at('operations'), (cell) => show({ architecture: formatCell(cell) }));

const board = new Board(async () => {
  devices = await fetchDevices();
  await show({});
});

/** What the page shows; the address holds it too, so that it can be shared. */
let state = { device: '', architecture: '' };
let devices: Device[] = [];
let lastLatencyMs: number | undefined;
let asking = new AbortController();
const spaces = new Map<string, Promise<Space>>();

function chosenDevice(): Device {
  return devices.find(({ id }) => id === state.device) ?? devices[0];
}

function spaceOf({ space }: Device): Promise<Space> {
  const known = spaces.get(space) ?? fetchSpace(space);
  spaces.set(space, known);
  return known;
}

/** Chooses a device; an architecture of another space gives way to the new space's example. */
async function chooseDevice(device: Device): Promise<void> {
  const stays = device.space === chosenDevice().space;
  await show({
    device: device.id,
    architecture: stays ? state.architecture : (await spaceOf(device)).example,
  });
}

async function show(change: Partial<typeof state>): Promise<void> {
  state = { ...state, ...change };
  history.replaceState(
    null,
    '',
    `#${new URLSearchParams({ device: state.device, arch: state.architecture })}`,
  );
  showInputs();
  await Promise.all([showPredictions(), board.show(chosenDevice().id)]);
}

function showInputs(): void {
  const device = chosenDevice();
  deviceSelect.value = device.id;
  if (architectureText.value.trim() !== state.architecture) architectureText.value = state.architecture;
  const isCell = device.space === CELL_SPACE;
  at('cell').hidden = !isCell;
  at('random').hidden = !isCell;
  const cell = isCell ? parseCell(state.architecture) : undefined;
  picker.show(cell);
  if (cell) at('graph').replaceChildren(drawCell(cell));
  const { scores, batchSize, precision, version, predictor, source, licence, deadOperations, description } =
    device;
  showFacts({
    Device: description,
    'Batch size': batchSize === null ? 'not known' : String(batchSize),
    Precision: precision ?? 'not known',
    Accuracy: scores.test
      ? `within ±10 % for ${formatShare(scores.test.within10)} of ${scores.test.samples.toLocaleString('en')} test networks`
      : 'not tested',
    Model: `${predictor}, version ${version}`,
    'Dead operations': deadOperations === 'timed' ? 'run, as when measured' : 'removed before the run',
    Data: `${source} (${licence})`,
  });
}

async function showPredictions(): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const device = chosenDevice();
  const comparable = devices.filter(({ space }) => space === device.space);
  try {
    const predictions = await predictOn(comparable, state.architecture, signal);
    showAnswer(device, comparable, predictions);
  } catch (error) {
    if (!signal.aborted) showProblem((error as Error).message);
  }
}

function showAnswer(device: Device, comparable: readonly Device[], predictions: readonly Prediction[]): void {
  const prediction = predictions[comparable.indexOf(device)];
  showProblem(prediction.error);
  lastLatencyMs = prediction.latencyMs;
  const { latencyMs } = prediction;
  showLatency(prediction);
  showDistribution();
  at('comparison').hidden = latencyMs === undefined || comparable.length < 2;
  if (latencyMs === undefined) return;
  const slower = formatShare(shareSlower(device.percentilesMs, latencyMs));
  at('rank').textContent = `faster than ${slower} of the networks in its data`;
  const compared = comparable.map((d, i) => ({ device: d, latencyMs: predictions[i].latencyMs! }));
  at('devices').replaceChildren(...comparisonRows(compared, device, chooseDevice));
  at('scale').textContent = scaleText(compared);
}

function showLatency({ latencyMs, interval }: Prediction): void {
  const number = document.createElement('strong');
  number.textContent = latencyMs === undefined ? '–' : formatMs(latencyMs);
  at('latency').replaceChildren(number, ' ms');
  at('interval').textContent = interval
    ? `between ${formatMs(interval.lowMs)} and ${formatMs(interval.highMs)} ms with ${Math.round(100 * interval.level)} % confidence` +
      (interval.unfamiliar ? '; unlike the networks that were measured' : '')
    : '';
  at('rank').textContent = '';
}

function showDistribution(): void {
  const figure = at('distribution');
  figure.replaceChildren(drawDistribution(chosenDevice(), lastLatencyMs, Math.max(260, figure.clientWidth)));
}

function showFacts(facts: Record<string, string>): void {
  const rows = Object.entries(facts).map(([name, value]) => {
    const row = document.createElement('div');
    const term = document.createElement('dt');
    term.textContent = name;
    const definition = document.createElement('dd');
    definition.textContent = value;
    row.append(term, definition);
    return row;
  });
  at('facts').replaceChildren(...rows);
}

function showProblem(message: string | undefined): void {
  const problem = at('problem');
  problem.hidden = message === undefined;
  problem.textContent = message ?? '';
  architectureText.ariaInvalid = String(message !== undefined);
}

function showNotice(message: string): void {
  at('notice').hidden = false;
  at('notice').textContent = message;
}

function fillDeviceSelect(): void {
  for (const [space, members] of Map.groupBy(devices, (device) => device.space)) {
    const group = document.createElement('optgroup');
    group.label = space;
    group.append(...members.map(({ id, description }) => new Option(`${id} · ${description}`, id)));
    deviceSelect.append(group);
  }
}

/** The state that the address asks for, where it makes sense. */
async function stateFromAddress(): Promise<typeof state> {
  const asked = new URLSearchParams(location.hash.slice(1));
  const device = devices.find(({ id }) => id === asked.get('device')) ?? firstDevice();
  const usual = device.space === CELL_SPACE ? formatCell(FIRST_CELL) : (await spaceOf(device)).example;
  return { device: device.id, architecture: asked.get('arch') ?? usual };
}

function firstDevice(): Device {
  return devices.find(({ space }) => space === CELL_SPACE) ?? devices[0];
}

async function start(): Promise<void> {
  devices = await fetchDevices();
  if (devices.length === 0) {
    showNotice(
      'There is no trained predictor here yet. Make the ones that ship with tempograph with “npm run models”, ' +
        'or train one on your own data with “npx tempograph train”; this page finds it when it is loaded again.',
    );
    return;
  }
  fillDeviceSelect();
  for (const id of ['builder', 'result', 'measured']) at(id).hidden = false;
  deviceSelect.addEventListener('change', () =>
    chooseDevice(devices.find(({ id }) => id === deviceSelect.value)!),
  );
  architectureText.addEventListener('input', () => show({ architecture: architectureText.value.trim() }));
  at('random').addEventListener('click', () => show({ architecture: formatCell(randomCell()) }));
  at('example').addEventListener('click', async () =>
    show({ architecture: (await spaceOf(chosenDevice())).example }),
  );
  addEventListener('hashchange', async () => show(await stateFromAddress()));
  new ResizeObserver(showDistribution).observe(at('result'));
  await show(await stateFromAddress());
}

start().catch((error: Error) => showNotice(`The service does not answer: ${error.message}`));
