// Server-sent events read from bytes. A browser's own event source cannot send a key.

/** Reads text piece by piece; hands each whole event `{id, event, data}` to `take`. */
export class EventReader {
  #rest = '';
  #event = { id: null, event: 'message', data: [] };
  #take;

  constructor(take) {
    this.#take = take;
  }

  /** Takes the next piece of the stream, which may end anywhere, also inside a line end. */
  push(text) {
    this.#rest += text;
    // a lone \r at the end may be the first half of \r\n
    const ready = this.#rest.endsWith('\r') ? this.#rest.length - 1 : this.#rest.length;
    const lines = this.#rest.slice(0, ready).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() + this.#rest.slice(ready);
    lines.forEach((line) => this.#line(line));
  }

  #line(line) {
    if (line === '') {
      const { id, event, data } = this.#event;
      if (data.length > 0) this.#take({ id, event, data: data.join('\n') });
      this.#event = { id: null, event: 'message', data: [] };
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment that keeps proxies awake
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#event.data.push(value);
    else if (name === 'event' || name === 'id') this.#event[name] = value;
  }
}
