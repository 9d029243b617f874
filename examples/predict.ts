// Latencies of networks, with the interval in which 90 % of measurements lie:
//
//     npm run build && node dist/examples/predict.js pixel3 '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'
import { intervalAt, loadPredictor, shippedModels } from 'tempograph';

const [device = 'pixel3', ...texts] = process.argv.slice(2);

const predictor = await loadPredictor(`${shippedModels}/${device}`);
const { space } = predictor;
const architectures = (texts.length > 0 ? texts : [space.example]).map((text) => space.parse(text));
const latenciesMs = await predictor.predict(architectures);
const spread = await predictor.spread?.(architectures);
for (const [i, architecture] of architectures.entries()) {
  const { low, high } = spread ? intervalAt(spread, i, latenciesMs[i]) : { low: NaN, high: NaN };
  console.log(
    `${space.format(architecture)}  ${latenciesMs[i].toFixed(3)} ms, ${low.toFixed(3)} to ${high.toFixed(3)}`,
  );
}
await predictor.release();
