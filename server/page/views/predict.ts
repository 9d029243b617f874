import { type Device, fetchDevices, fetchSpace, type Prediction, predictOn } from '../api/devices.js';
import { card, el, reasonOf } from '../dom.js';
import { AllDevicesCard, type ComparedDevice } from '../parts/all-devices-card.js';
import { type Cell, formatCell } from '../parts/cell.js';
import { LatencyCard } from '../parts/latency-card.js';
import { CELL_SPACE, NetworkCard } from '../parts/network-card.js';
import { type Route, remember } from '../router.js';
import type { Shown, View } from '../view.js';

const FIRST_CELL: Cell = [
  'nor_conv_3x3',
  'nor_conv_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'nor_conv_3x3',
  'skip_connect',
];

const TITLE = 'Predict';
const INTRO = 'How long a neural network takes on a device it has not been run on.';

/** Builds a network and shows how long it takes, on one device and beside the others. */
export const predict: View = async (route, left) => {
  const devices = await fetchDevices();
  if (devices.length === 0) return withoutPredictors();
  const page = new PredictPage(devices, left);
  await page.follow(route);
  return {
    title: TITLE,
    intro: INTRO,
    content: page.content,
    update: (changed) => {
      void page.try(() => page.follow(changed));
    },
  };
};

class PredictPage {
  private device: Device;
  private architecture = '';
  private asking = new AbortController();
  private readonly network: NetworkCard;
  private readonly latency: LatencyCard;
  private readonly allDevices: AllDevicesCard;

  constructor(
    private readonly devices: readonly Device[],
    left: AbortSignal,
  ) {
    this.device = this.usualDevice(CELL_SPACE);
    this.network = new NetworkCard({
      onChange: (architecture) => this.show({ architecture }),
      onExample: () =>
        this.try(async () => this.show({ architecture: (await fetchSpace(this.device.space)).example })),
    });
    const onChoose = (device: Device) => this.try(() => this.choose(device));
    this.latency = new LatencyCard(devices, onChoose, left);
    this.allDevices = new AllDevicesCard(onChoose);
    left.addEventListener('abort', () => this.asking.abort());
  }

  get content(): Node[] {
    return [this.network.element, this.latency.element, this.allDevices.element];
  }

  /** Shows what the address asks for, where it makes sense. */
  async follow({ settings }: Route): Promise<void> {
    const device =
      this.devices.find(({ id }) => id === settings.get('device')) ??
      this.usualDevice(settings.get('space') ?? CELL_SPACE);
    const asked = settings.get('arch');
    this.show({ device, architecture: asked || (await this.usualArchitecture(device)) });
  }

  /** Does something and shows what goes wrong with it; the device stays the one that is shown. */
  async try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.network.problem(reasonOf(error as Error));
      this.latency.showDevice(this.device);
    }
  }

  private usualDevice(wanted: string): Device {
    return this.devices.find(({ space }) => space === wanted) ?? this.devices[0];
  }

  private async usualArchitecture({ space }: Device): Promise<string> {
    return space === CELL_SPACE ? formatCell(FIRST_CELL) : (await fetchSpace(space)).example;
  }

  /** Chooses a device; an architecture of another space gives way to a usual one of the new space. */
  private async choose(device: Device): Promise<void> {
    const stays = device.space === this.device.space;
    this.show({ device, architecture: stays ? this.architecture : await this.usualArchitecture(device) });
  }

  private show({
    device = this.device,
    architecture = this.architecture,
  }: {
    device?: Device;
    architecture?: string;
  }) {
    this.device = device;
    this.architecture = architecture;
    remember(['predict'], { device: device.id, arch: architecture });
    this.network.show(architecture, device.space);
    this.latency.showDevice(device);
    void this.askAll();
  }

  private async askAll(): Promise<void> {
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const comparable = this.devices.filter(({ space }) => space === this.device.space);
    try {
      this.answer(comparable, await predictOn(comparable, this.architecture, signal));
    } catch (error) {
      if (!signal.aborted) this.network.problem(reasonOf(error as Error));
    }
  }

  private answer(comparable: readonly Device[], predictions: readonly Prediction[]): void {
    const own = predictions[comparable.indexOf(this.device)];
    this.network.problem(own.error);
    this.latency.showAnswer(own);
    const compared = comparable.flatMap((device, i): ComparedDevice[] => {
      const { latencyMs } = predictions[i];
      return latencyMs === undefined ? [] : [{ device, latencyMs }];
    });
    this.allDevices.show(compared, this.device);
  }
}

function withoutPredictors(): Shown {
  const how =
    'There is no trained predictor here yet. Make the ones that ship with tempograph with “npm run models”, or ' +
    'train one on your own data with “npx tempograph train”; this page finds it when it is loaded again.';
  return {
    title: TITLE,
    intro: INTRO,
    content: [card('No predictor yet', { className: 'wide', id: 'notice' }, el('p', {}, how))],
  };
}
