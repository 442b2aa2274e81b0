// Where the settings of several requests differ.

/** A tree as paths to leaves: `{method: {rank: 8}}` is `method.rank → 8`. Arrays are leaves. */
export function leaves(tree, path = '', found = new Map()) {
  if (tree !== null && typeof tree === 'object' && !Array.isArray(tree)) {
    for (const [name, value] of Object.entries(tree)) leaves(value, path ? `${path}.${name}` : name, found);
  } else {
    found.set(path, tree);
  }
  return found;
}

/** Paths at which the trees differ, each with one value a tree; undefined where a tree has none. */
export function differences(trees, ignored = []) {
  const flat = trees.map((tree) => leaves(tree));
  const paths = new Set(flat.flatMap((one) => [...one.keys()]));
  return [...paths]
    .filter((path) => !ignored.some((name) => path === name || path.startsWith(`${name}.`)))
    .map((path) => ({ path, values: flat.map((one) => one.get(path)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value) ?? '')).size > 1);
}
