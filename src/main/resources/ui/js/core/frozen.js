// Which matrices a method has frozen, from the masks that its checkpoints keep.

/** Kinds of matrices in the order in which masks have them. */
export const KINDS = ['q', 'k', 'v', 'out', 'fc1', 'fc2'];

/** When each matrix froze.
 *
 * @param masks each `{task, values}` in the order of tasks; values are 1 (free) or 0, block by block
 * @returns for each block and kind the first task after which it was frozen, null while it is free
 */
export function frozenAfter(masks) {
  const blocks = masks.length === 0 ? 0 : masks[0].values.length / KINDS.length;
  return Array.from({ length: blocks }, (_, block) => KINDS.map((_kind, kind) =>
    masks.find(({ values }) => values[block * KINDS.length + kind] === 0)?.task ?? null));
}
