import { el, labelled } from '../dom.js';

/**
 * Asks for an API key in a dialog until one is given.
 *
 * @param problem what is wrong with the last one; empty the first time
 */
export function askForKey(problem: string): Promise<string> {
  return new Promise((resolve) => {
    const key = el('input', { type: 'password', autocomplete: 'off', required: true, name: 'key' });
    const dialog = el(
      'dialog',
      { id: 'sign-in', attributes: { 'aria-labelledby': 'sign-in-title' } },
      el(
        'form',
        { method: 'dialog' },
        el('h2', { id: 'sign-in-title' }, 'This service requires a key'),
        problem !== '' && el('p', { className: 'problem', attributes: { role: 'alert' } }, problem),
        labelled('API key', key),
        el('p', { className: 'hint' }, 'It is kept until this tab is closed.'),
        el('div', { className: 'buttons' }, el('button', { type: 'submit' }, 'Sign in')),
      ),
    );
    // Without a key there is nothing to return to.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(key.value.trim());
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
