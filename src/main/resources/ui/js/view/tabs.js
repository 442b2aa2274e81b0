// Parts of a page of which one is shown. Arrow keys move between them, as readers of pages expect of tabs.
import { h } from './dom.js';

/** Tabs over parts `{name, node, shown}`; `shown` is called each time a part comes into view.
 *
 * @returns `{node, shown()}`; `shown` tells the part in view once more
 */
export function tabs(label, parts) {
  const heads = parts.map(({ name }, place) => h('button', {
    type: 'button', role: 'tab', id: `tab-${place}`, 'aria-controls': `part-${place}`, onclick: () => show(place),
  }, name));
  const panels = parts.map(({ node }, place) =>
    h('div', { role: 'tabpanel', id: `part-${place}`, 'aria-labelledby': `tab-${place}` }, node));
  const list = h('div', { role: 'tablist', class: 'tabs', 'aria-label': label, onkeydown: (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show((current + step + parts.length) % parts.length);
    heads[current].focus();
  } }, heads);
  let current = 0;

  function show(chosen) {
    current = chosen;
    heads.forEach((head, place) => {
      head.setAttribute('aria-selected', String(place === chosen));
      head.tabIndex = place === chosen ? 0 : -1;
    });
    panels.forEach((panel, place) => {
      panel.hidden = place !== chosen;
    });
    parts[chosen].shown?.();
  }

  show(0);
  return { node: h('div', {}, list, panels), shown: () => parts[current].shown?.() };
}
