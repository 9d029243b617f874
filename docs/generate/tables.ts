import { analyticDevices } from '../../src/devices/catalogue.js';
import { predictorKinds } from '../../src/predictors/registry.js';
import { transferMethods } from '../../src/predictors/transfer/methods.js';
import { strategyKinds } from '../../src/search/strategies/registry.js';
import { spaces } from '../../src/spaces/registry.js';
import { code, markdownTable, plain } from './markdown.js';

const named = (kinds: readonly { readonly name: string; readonly description: string }[]) =>
  markdownTable(
    ['name', 'what it is'],
    kinds.map(({ name, description }) => [code(name), plain(description)]),
  );

const sentence = (text: string) => `${plain(text.charAt(0).toUpperCase() + text.slice(1))}.`;

/** Tables of what is registered, by the name of the region that they stand in. */
export const tables: Readonly<Record<string, () => string>> = {
  'predictor-kinds': () => named(predictorKinds),
  'transfer-methods': () => named(transferMethods),
  strategies: () =>
    strategyKinds
      .map(({ name, description, defaults }) => {
        const options = Object.entries(defaults);
        const shown = (value: (typeof options)[number][1]) =>
          typeof value === 'number' ? Number(value.toPrecision(4)) : value;
        const list = options.map(([option, value]) => `${code(option)} ${shown(value)}`).join(', ');
        return `## ${name}\n\n${sentence(description)}${list === '' ? '' : `\n\nOptions with their defaults: ${list}.`}`;
      })
      .join('\n\n'),
  spaces: () =>
    spaces
      .map(
        ({ name, description, slots, size, architectureColumns, example }) =>
          `## ${name}\n\n${plain(description)}.\n\n${markdownTable(
            ['', ''],
            [
              ['architectures', counted(size)],
              ['slots', `${slots.length}, each with ${optionCounts(slots)} options`],
              ['CSV columns of architectures', architectureColumns.map(code).join(', ')],
              ['example', code(example)],
            ],
          )}`,
      )
      .join('\n\n'),
  'analytic-devices': () => {
    const modelOf = ({ id }: { readonly id: string }) => id.split(':')[0];
    return [...new Set(analyticDevices.map(modelOf))]
      .map((model) => {
        const devices = analyticDevices.filter((device) => modelOf(device) === model);
        const ids = devices.map(({ id, description, precision }) => [
          code(id),
          plain(description),
          precision ?? '',
        ]);
        const parameters = devices[0].parameters.map(({ name, value, unit, description }) => [
          code(name),
          String(value),
          unit,
          plain(description),
        ]);
        return `## ${model}\n\n${markdownTable(['device', 'what it is', 'precision'], ids)}\n\nParameters, with the values of ${code(devices[0].id)}:\n\n${markdownTable(['parameter', 'value', 'unit', 'what it is'], parameters)}`;
      })
      .join('\n\n');
  },
};

/** `15,625`; what a double does not hold exactly is shown with three digits, `about 9.85 · 10²⁰`. */
function counted(size: number): string {
  if (Number.isSafeInteger(size)) return size.toLocaleString('en');
  const [digits, exponent] = size.toExponential(2).split('e+');
  const raised = [...exponent].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
  return `about ${digits} · 10${raised}`;
}

function optionCounts(slots: readonly { readonly options: readonly string[] }[]): string {
  const counts = slots.map(({ options }) => options.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${least}` : `${least} to ${most}`;
}
