// The dialog for a key or a token. It is kept in the session storage of this tab and nowhere else.
import { key } from '../api.js';
import { button, h } from './dom.js';

let asked;

/** Asks for another key; resolves to whether one was given. Several that ask at once get one answer. */
export function askForKey(reason = 'The service wants a key.') {
  asked ??= ask(reason).finally(() => {
    asked = undefined;
  });
  return asked;
}

function ask(reason) {
  const input = h('input', {
    type: 'password', id: 'secret', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'about-key',
  });
  let given = false;
  const form = h('form', { method: 'dialog', onsubmit: () => {
    given = input.value.trim() !== '';
    if (given) key.set(input.value.trim());
  } },
  h('h2', { id: 'key-title' }, 'Key'),
  h('p', {}, reason),
  h('label', { for: 'secret' }, 'API key (plm_…) or token'),
  input,
  h('p', { id: 'about-key', class: 'quiet' }, 'It is sent as a header and forgotten when this tab is closed.'),
  h('div', { class: 'actions' },
    h('button', { class: 'main' }, 'Use it'),
    key.get() !== '' && button('Forget the key', () => {
      key.set('');
      given = true;
      dialog.close();
    }),
    button('Cancel', () => dialog.close())));
  const dialog = h('dialog', { 'aria-labelledby': 'key-title' }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(given);
    });
  });
}

/** The button of the frame: another key shows the page again. */
export function keyButton(element, again) {
  element.addEventListener('click', async () => {
    if (await askForKey('A key opens what its role may see and do.')) again();
  });
}
