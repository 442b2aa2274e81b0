// Which matrices are frozen and which matter most, from the method's own state in the checkpoints.
import * as api from '../../api.js';
import { matrixGrid } from '../../core/charts.js';
import { measured } from '../../core/format.js';
import { frozenAfter, KINDS } from '../../core/frozen.js';
import { entries, headerLength, numbers } from '../../core/safetensors.js';
import { h } from '../../view/dom.js';
import { figure } from '../../view/figure.js';

const FILE = 'method.safetensors';

/** The part on matrices; `update()` reads what is new of their files. */
export function frozen(job, signal) {
  const known = new Map();
  const masks = figure({
    title: 'Frozen matrices', name: `${job.id}-frozen`, signal,
    note: 'The number is the task after which a matrix froze; the others are free.',
  });
  const scores = figure({
    title: 'Importance after the last task', name: `${job.id}-importance`, signal,
    note: 'Sensitivity times uncertainty. The highest freeze next; 0 is frozen already. Colours show powers of ten.',
  });
  const none = h('p', { class: 'quiet' }, 'No checkpoint of this job says which matrices are frozen; most methods freeze none.');
  const figures = h('div', { class: 'figures', hidden: true }, masks.node, scores.node);

  async function update() {
    const { data } = await api.get(['jobs', job.id, 'checkpoints'], { kind: 'task_end', limit: 100 }, signal);
    const ends = data.filter(({ files }) => files.some(({ name }) => name === FILE));
    for (const { id, task } of ends) {
      if (!known.has(id)) known.set(id, await state(id, task));
    }
    const all = [...known.values()].filter((one) => one !== null).sort((a, b) => a.task - b.task);
    if (all.length === 0) return;
    none.hidden = true;
    figures.hidden = false;
    masks.update(frozenFigure(all));
    scores.update(scoresFigure(all.at(-1)));
  }

  async function state(id, task) {
    const read = async (range) => (await api.bytes(['checkpoints', id, 'files', FILE], range, signal)).arrayBuffer();
    const length = headerLength(await read([0, 7]));
    const { mask, scores: ranking } = entries(await read([8, 7 + length]), length);
    if (!mask || mask.shape.at(-1) !== KINDS.length) return null;
    return {
      task,
      values: numbers(await read([mask.first, mask.last]), mask.dtype),
      scores: ranking ? numbers(await read([ranking.first, ranking.last]), ranking.dtype) : [],
    };
  }

  return { node: [none, figures], update };
}

function frozenFigure(masks) {
  const rows = frozenAfter(masks);
  const count = rows.flat().filter((task) => task !== null).length;
  return {
    option: (colours) => matrixGrid({ rows, kinds: KINDS, colours, low: 0, high: 1, pieces: true,
      label: (task) => (task === null ? 'free' : `frozen after task ${task}`) }),
    heads: ['block', 'matrix', 'frozen_after_task'],
    rows: rows.flatMap((row, block) => row.map((task, kind) => [block + 1, KINDS[kind], task])),
    summary: `${count} of ${rows.length * KINDS.length} matrices are frozen after task ${masks.at(-1).task}.`,
  };
}

function scoresFigure({ task, scores }) {
  const rows = Array.from({ length: scores.length / KINDS.length }, (_, block) =>
    scores.slice(block * KINDS.length, (block + 1) * KINDS.length));
  const powers = rows.map((row) => row.map((score) => (score > 0 ? Math.log10(score) : null)));
  const known = powers.flat().filter((power) => power !== null);
  return {
    option: (colours) => matrixGrid({ rows: powers, kinds: KINDS, colours, low: Math.min(...known), high: Math.max(...known),
      label: (power) => (power === null ? 'frozen, or of no importance' : `importance ${measured(10 ** power)}`) }),
    heads: ['block', 'matrix', 'importance'],
    rows: rows.flatMap((row, block) => row.map((score, kind) => [block + 1, KINDS[kind], score])),
    summary: `Importance of ${scores.length} matrices after task ${task}.`,
  };
}
