import type { Version } from './api.js';
import { formatShare } from './latency.js';

/** Table rows of the versions of a device's model, the latest first; a button has a version serve. */
export function versionRows(
  versions: readonly Version[],
  onPromote: (version: string) => void,
): HTMLTableRowElement[] {
  return versions.map((version) => {
    const row = document.createElement('tr');
    if (version.serving) row.ariaCurrent = 'true';
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = version.version;
    const about = document.createElement('small');
    about.textContent = `${version.predictor}, ${version.origin} ${when(version.createdAt)}`;
    name.append(about);
    const action = document.createElement('td');
    if (version.serving) action.textContent = 'serves';
    else action.append(promoteButton(version.version, onPromote));
    row.append(
      name,
      numberCell(version.data.train.toLocaleString('en')),
      numberCell(version.scores.test ? formatShare(version.scores.test.within10) : '–'),
      numberCell(comparison(version)),
      action,
    );
    return row;
  });
}

/** Errors on the held-out measurements: of this version, and of the one that served when it was trained. */
function comparison({ heldOut }: Version): string {
  if (!heldOut || heldOut.error === null) return '–';
  const before = heldOut.incumbent?.error;
  const own = percent(heldOut.error);
  return before === undefined || before === null ? own : `${percent(before)} → ${own}`;
}

const percent = (error: number) => `${(100 * error).toFixed(2)} %`;

function when(time: string): string {
  return new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}

function promoteButton(version: string, onPromote: (version: string) => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'let it serve';
  button.ariaLabel = `let version ${version} serve`;
  button.addEventListener('click', () => onPromote(version));
  return button;
}

function numberCell(text: string): HTMLTableCellElement {
  const cell = document.createElement('td');
  cell.className = 'number';
  cell.textContent = text;
  return cell;
}
