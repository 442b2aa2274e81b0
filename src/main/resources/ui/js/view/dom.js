// Elements made by code. What comes from the service becomes text nodes and attributes, never markup.

/** An element. Properties: `class`, `on<event>`, `data` (an object), booleans and plain attributes; null is left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...parts(children));
  return element;
}

/** Puts other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...parts(children));
  return element;
}

function parts(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** A link to a page of the dashboard. */
export function link(href, ...children) {
  return h('a', { href }, ...children);
}

/** A button that says no form is sent by it. */
export function button(text, onclick, properties = {}) {
  return h('button', { type: 'button', onclick, ...properties }, text);
}

/** Terms with what belongs to them; a row whose value is null is left out. */
export function facts(rows) {
  return h('dl', { class: 'facts' }, Object.entries(rows)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))));
}

/** A state as a coloured word. */
export function badge(state) {
  return h('span', { class: 'badge', data: { state } }, state.replaceAll('_', ' '));
}

/** An instant in the reader's own time; a dash for none. */
export function time(instant) {
  if (!instant) return '–';
  const shown = new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return h('time', { datetime: instant, title: instant }, shown);
}

/** Reads a sentence out to those who listen. */
export function say(text) {
  document.getElementById('said').textContent = text;
}

/** What went wrong, with each fault of the answer. */
export function trouble(problem) {
  const errors = problem.errors ?? [];
  return h('div', { class: 'trouble', role: 'alert' },
    h('p', {}, problem.message),
    errors.length > 1 && h('ul', {}, errors.map((fault) =>
      h('li', {}, fault.param ? h('code', {}, fault.param) : null, fault.param ? ' ' : null, fault.detail))),
    problem.requestId && h('p', { class: 'quiet' }, `Request ${problem.requestId}`));
}
