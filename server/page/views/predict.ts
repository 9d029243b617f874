import {
  fetchPredictors,
  fetchSpace,
  type Prediction,
  type PredictorSummary,
  predictOn,
} from '../api/devices.js';
import { card, el, reasonOf } from '../dom.js';
import { AllDevicesCard, type ComparedDevice } from '../parts/all-devices-card.js';
import { type Cell, formatCell } from '../parts/cell.js';
import { MeetsCard } from '../parts/meets-card.js';
import { CELL_SPACE, NetworkCard } from '../parts/network-card.js';
import { PredictionCard } from '../parts/prediction-card.js';
import { addressOf, metricSettings, type Route, remember } from '../router.js';
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
const INTRO = 'How long a neural network takes, or what it needs, on a device it has never run on.';

/** Builds a network and shows its predictions on one device and on all others. */
export const predictView: View = async (route, left) => {
  const predictors = await fetchPredictors();
  if (predictors.length === 0) return withoutPredictors();
  const space = route.settings.get('space');
  const isOfSpace = (predictor: PredictorSummary) => predictor.space === space;
  if (space !== null && !route.settings.has('device') && !predictors.some(isOfSpace)) {
    return withoutPredictorOf(space);
  }
  const page = new PredictPage(predictors, left);
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
  private predictor: PredictorSummary;
  private architecture = '';
  private asking = new AbortController();
  private readonly network: NetworkCard;
  private readonly prediction: PredictionCard;
  private readonly allDevices: AllDevicesCard;
  private readonly meets: MeetsCard;

  constructor(
    private readonly predictors: readonly PredictorSummary[],
    left: AbortSignal,
  ) {
    this.predictor = this.usual({ space: CELL_SPACE });
    this.network = new NetworkCard({
      onChange: (architecture) => this.show({ architecture }),
      onExample: () =>
        this.try(async () => this.show({ architecture: (await fetchSpace(this.predictor.space)).example })),
    });
    const onDevice = (predictor: PredictorSummary) => this.try(() => this.choose(predictor));
    const onMetric = (metric: string) => {
      const { device, space } = this.predictor;
      return onDevice(this.usual({ metric, device, space }));
    };
    this.prediction = new PredictionCard(predictors, this.predictor, { onDevice, onMetric }, left);
    this.allDevices = new AllDevicesCard(onDevice);
    this.meets = new MeetsCard(left);
    left.addEventListener('abort', () => this.asking.abort());
  }

  get content(): Node[] {
    return [this.network.element, this.prediction.element, this.meets.element, this.allDevices.element];
  }

  /** Shows what the address asks for, as far as it makes sense. */
  async follow({ settings }: Route): Promise<void> {
    const predictor = this.usual({
      metric: settings.get('metric') ?? undefined,
      device: settings.get('device') ?? undefined,
      space: settings.get('space') ?? CELL_SPACE,
    });
    const asked = settings.get('arch');
    this.show({ predictor, architecture: asked || (await this.usualArchitecture(predictor)) });
  }

  /** Runs an action and shows its error, if any; the device shown stays selected. */
  async try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.network.problem(reasonOf(error as Error));
      this.prediction.show(this.predictor);
    }
  }

  /** The predictor for a metric (by default latency, if the device has it) and a device, or otherwise a space. */
  private usual({ metric, device, space }: { metric?: string; device?: string; space: string }) {
    const ofMetric = this.predictors.filter(({ metricName }) => metricName === (metric ?? 'latency'));
    const isDevice = (predictor: PredictorSummary) => predictor.device === device;
    return (
      ofMetric.find(isDevice) ??
      (metric === undefined ? this.predictors.find(isDevice) : undefined) ??
      ofMetric.find((predictor) => predictor.space === space) ??
      ofMetric[0] ??
      this.predictors[0]
    );
  }

  private async usualArchitecture({ space }: PredictorSummary): Promise<string> {
    return space === CELL_SPACE ? formatCell(FIRST_CELL) : (await fetchSpace(space)).example;
  }

  /** Chooses a device; an architecture of another space is replaced by a default one of the new space. */
  private async choose(predictor: PredictorSummary): Promise<void> {
    const stays = predictor.space === this.predictor.space;
    this.show({
      predictor,
      architecture: stays ? this.architecture : await this.usualArchitecture(predictor),
    });
  }

  private show({
    predictor = this.predictor,
    architecture = this.architecture,
  }: {
    predictor?: PredictorSummary;
    architecture?: string;
  }) {
    this.predictor = predictor;
    this.architecture = architecture;
    const { device, metricName, space } = predictor;
    remember(['predict'], { device, ...metricSettings(metricName), arch: architecture });
    this.network.show(architecture, space);
    this.prediction.show(predictor);
    this.meets.show(predictor, architecture);
    void this.askAll();
  }

  private async askAll(): Promise<void> {
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const { space, metricName } = this.predictor;
    const comparable = this.predictors.filter((p) => p.space === space && p.metricName === metricName);
    try {
      this.answer(comparable, await predictOn(comparable, this.architecture, signal));
    } catch (error) {
      if (!signal.aborted) this.network.problem(reasonOf(error as Error));
    }
  }

  private answer(comparable: readonly PredictorSummary[], predictions: readonly Prediction[]): void {
    const own = predictions[comparable.indexOf(this.predictor)];
    this.network.problem(own.error);
    this.prediction.showAnswer(own);
    const compared = comparable.flatMap((predictor, i): ComparedDevice[] => {
      const { value } = predictions[i];
      return value === undefined ? [] : [{ predictor, value }];
    });
    this.allDevices.show(compared, this.predictor);
  }
}

function withoutPredictors(): Shown {
  const how =
    'There is no trained predictor here yet. Train those that ship with tempograph with “npm run models”, or ' +
    'train one on your own data with “npx tempograph train”; then reload this page.';
  return {
    title: TITLE,
    intro: INTRO,
    content: [card('No predictor yet', { className: 'wide', id: 'notice' }, el('p', {}, how))],
  };
}

function withoutPredictorOf(space: string): Shown {
  const how = el(
    'p',
    {},
    `No device has a predictor for networks of ${space} yet. `,
    el('a', { href: addressOf(['devices']) }, 'Upload measurements'),
    ' of at least ten of them and train one, or see how long they take on ',
    el('a', { href: addressOf(['accelerators'], { space }) }, 'an accelerator'),
    '.',
  );
  return {
    title: TITLE,
    intro: INTRO,
    content: [card('No predictor yet', { className: 'wide', id: 'notice' }, how)],
  };
}
