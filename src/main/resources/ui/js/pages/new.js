// A new experiment: a form from the schema of the request, and beside it what would run.
import * as api from '../api.js';
import { shortened } from '../core/format.js';
import { once } from '../core/once.js';
import { address } from '../core/route.js';
import { pause } from '../live.js';
import { fill, h, say, trouble } from '../view/dom.js';
import { schemaForm } from '../view/form.js';
import { planView } from './new/plan.js';

/** What most experiments say; everything else that the schema has stands under further settings. */
const FIRST = ['preset', 'name', 'dataset_id', 'split', 'backbone_id', 'method', 'training', 'seeds', 'parent_checkpoint_id'];

/** The service is asked when nothing was typed for so long. */
const QUIET = 500;

/** The page of the form; the address may name a job whose request is cloned. */
export async function render({ query, signal }) {
  const [document_, datasets, backbones] = await Promise.all([
    api.description(),
    api.get(['datasets'], { limit: 100 }, signal),
    api.get(['backbones'], { limit: 100 }, signal),
  ]);
  const definitions = document_.components.schemas;
  const form = schemaForm({
    schema: ordered(definitions.ExperimentRequest),
    definitions,
    suggestions: { dataset_id: datasets.data.map(({ id }) => id), backbone_id: backbones.data.map(({ id }) => id) },
    later: (name) => !FIRST.includes(name),
  });
  const problems = h('div');
  const plan = planView();
  const json = h('pre');
  const create = h('button', { class: 'main' }, 'Put it into the queue');
  let asked = new AbortController();
  let recipe = null;

  async function changed() {
    asked.abort();
    asked = new AbortController();
    const mine = AbortSignal.any([signal, asked.signal]);
    const request = form.read();
    json.textContent = JSON.stringify(request, null, 2);
    hint(request.method?.name);
    await pause(QUIET, mine);
    if (!mine.aborted) await ask(request, mine);
  }

  /** Fields that are left empty show what the method brings along. */
  async function hint(method) {
    if (method === undefined) return;
    if (recipe?.name !== method) recipe = await api.get(['methods', method], {}, signal).catch(() => null);
    if (recipe) form.hints(recipe.training_defaults ?? {}, 'training');
  }

  async function ask(request, mine) {
    plan.waiting();
    try {
      const answer = await api.post(['plans'], request, undefined, mine);
      if (mine.aborted) return;
      form.faults([]);
      fill(problems);
      plan.show(answer);
    } catch (failure) {
      if (!mine.aborted) refused(failure);
    }
  }

  /** Faults go beside their fields; what has no field stands above. */
  function refused(failure) {
    const homeless = form.faults(failure.errors ?? []);
    const all = failure.errors?.length > 0 && homeless.length === 0;
    fill(problems, all ? null : trouble({ message: failure.message, errors: homeless, requestId: failure.requestId }));
    plan.refused(failure.errors?.length ?? 0);
  }

  async function submit(event) {
    event.preventDefault();
    create.disabled = true;
    try {
      const made = await api.post(['experiments'], form.read(), once());
      location.hash = address(['experiments', made.id]);
    } catch (failure) {
      refused(failure);
      say(failure.message);
      firstFault(event.target)?.focus();
    } finally {
      create.disabled = false;
    }
  }

  form.write(await start(query, signal));
  json.textContent = JSON.stringify(form.read(), null, 2);
  if (query.size > 0) changed(); // an empty form has no faults yet, only nothing in it
  return {
    title: 'New experiment',
    content: [
      h('h1', {}, 'New experiment'),
      h('div', { class: 'beside' },
        h('form', { novalidate: true, oninput: changed, onchange: changed, onsubmit: submit },
          problems, form.node,
          h('div', { class: 'actions' }, create),
          h('details', {}, h('summary', {}, 'The request as JSON'), json)),
        plan.node),
    ],
  };
}

function firstFault(form) {
  const invalid = form.querySelector('[aria-invalid="true"]');
  for (let above = invalid?.closest('details'); above; above = above.parentElement.closest('details')) above.open = true;
  return invalid;
}

/** The known fields in the order in which one thinks of them, then all others. */
function ordered(schema) {
  const names = [...FIRST.filter((name) => name in schema.properties),
    ...Object.keys(schema.properties).filter((name) => !FIRST.includes(name))];
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, schema.properties[name]])) };
}

/** What the form begins with: the request of a job that is cloned, or the one thing that the address names. */
async function start(query, signal) {
  if (query.get('from')) {
    const { request } = await api.get(['jobs', query.get('from'), 'record'], {}, signal);
    const of = query.get('experiment');
    const seeds = of ? (await api.get(['experiments', of], {}, signal)).seeds : request.seeds;
    return { ...request, seeds, name: shortened(`${request.name}, again`, 120) };
  }
  return {
    preset: query.get('preset') ?? undefined,
    dataset_id: query.get('dataset') ?? undefined,
    method: query.get('method') ? { name: query.get('method') } : undefined,
  };
}
