import type { Version } from '../api/devices.js';
import { button, el, figureCell } from '../dom.js';
import { formatShare, when } from '../format.js';

/** Columns of the table of versions. */
export const VERSION_COLUMNS = [
  { title: 'Version' },
  { title: 'Trained on', number: true },
  { title: 'Within ±10\u00a0%', number: true },
  { title: 'Held-out error, before → now', number: true },
  { title: 'Serves' },
];

/** Table rows of the versions of a device's model, the latest first, with buttons to promote one. */
export function versionRows(
  versions: readonly Version[],
  onPromote: (version: string) => void,
): HTMLTableRowElement[] {
  return versions.map((version) => {
    const origin = version.origin === 'folder' ? 'from the folder of predictors,' : version.origin;
    const about = `${version.predictor}, ${origin} ${when(version.createdAt)}`;
    const promote = button('make it serve', () => onPromote(version.version), {
      className: 'link',
      ariaLabel: `make version ${version.version} serve`,
    });
    return el(
      'tr',
      { ariaCurrent: version.serving ? 'true' : undefined },
      el('th', { scope: 'row' }, version.version, el('small', {}, about)),
      figureCell(version.data.train.toLocaleString('en')),
      figureCell(version.scores.test ? formatShare(version.scores.test.within10) : '–'),
      figureCell(comparison(version)),
      el('td', {}, version.serving ? 'yes' : promote),
    );
  });
}

/** Errors on the held-out measurements: of the version that served before, and of this one. */
function comparison({ heldOut }: Version): string {
  if (!heldOut || heldOut.error === null) return '–';
  const before = heldOut.incumbent?.error;
  const own = formatShare(heldOut.error);
  return before === undefined || before === null ? own : `${formatShare(before)} → ${own}`;
}
