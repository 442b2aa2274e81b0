// The service over HTTP. Addresses are relative to this file, so that any prefix before them is kept.
import { EventReader } from './core/sse.js';

const ROOT = new URL('../../', import.meta.url);
const API = new URL('api/v1/', ROOT);
const KEY = 'palimpsest.key';

/** A refusal or a failure, with the faults that the service names. */
export class Problem extends Error {
  constructor(status, body, requestId) {
    super(body.detail ?? body.title ?? `The service answered ${status}.`);
    this.status = status;
    this.code = body.code ?? '';
    this.errors = body.errors ?? [];
    this.requestId = body.request_id ?? requestId;
  }
}

/** The key or token of this tab; empty for none. It leaves the tab only as a header. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  set: (text) => (text === '' ? sessionStorage.removeItem(KEY) : sessionStorage.setItem(KEY, text)),
};

let askForKey = async () => false;

/** Says what to do when the service wants a key; it resolves to whether there is another one now. */
export function onRefusal(ask) {
  askForKey = ask;
}

function headers(more) {
  const secret = key.get();
  if (secret === '') return more;
  return secret.startsWith('plm_') ? { ...more, 'X-API-Key': secret } : { ...more, Authorization: `Bearer ${secret}` };
}

async function send(address, options) {
  const used = key.get();
  const answer = await fetch(address, { ...options, headers: headers(options.headers ?? {}) });
  if (answer.status === 401 && (key.get() !== used || (await askForKey()))) return send(address, options);
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, body, answer.headers.get('X-Request-Id'));
  }
  return answer;
}

function url(path, query = {}) {
  const target = new URL(path.map(encodeURIComponent).join('/'), API);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined && one !== '') target.searchParams.append(name, one);
    }
  }
  return target;
}

/** The JSON at a path below the API, given as its parts. */
export async function get(path, query = {}, signal = undefined) {
  const answer = await send(url(path, query), { signal, headers: { Accept: 'application/json' } });
  return answer.json();
}

/** Posts JSON, or nothing, and reads the answer. A creating POST names a key of its own, so that it works once. */
export async function post(path, body = undefined, once = undefined, signal = undefined) {
  const sent = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const answer = await send(url(path), {
    method: 'POST',
    signal,
    headers: once ? { ...sent, 'Idempotency-Key': once } : sent,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return answer.json();
}

/** A file as bytes; `range` is `[first, last]` of them. */
export async function bytes(path, range = undefined, signal = undefined) {
  const answer = await send(url(path), { signal, headers: range ? { Range: `bytes=${range.join('-')}` } : {} });
  return answer.blob();
}

let described;

/** The description of the interface, read once. */
export function description() {
  described ??= send(new URL('v3/api-docs', ROOT), {}).then((answer) => answer.json()).catch((failure) => {
    described = undefined;
    throw failure;
  });
  return described;
}

/** Events of a job as they happen, until it has ended or the signal says so; resolves to whether it has ended.
 *
 * @param after the number of the last event that is known
 * @param take gets `{event, data}`; data is parsed
 */
export async function events(job, after, take, signal) {
  let last = after;
  let ended = false;
  const answer = await send(url(['jobs', job, 'events'], { after: last || null }), {
    signal,
    headers: { Accept: 'text/event-stream' },
  });
  if (answer.status === 204) return { ended: true, last };
  const reader = new EventReader(({ id, event, data }) => {
    if (id !== null) last = Number(id);
    if (event === 'end') ended = true;
    else take({ event, data: JSON.parse(data) });
  });
  const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await stream.read(); !piece.done; piece = await stream.read()) reader.push(piece.value);
  return { ended, last };
}
