// Mean and sample deviation where the service gives single values only.

/** Mean and sample deviation (n - 1) of numbers; nulls are left out; the deviation of one is null. */
export function meanAndDeviation(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return { n: 0, mean: null, deviation: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { n: 1, mean, deviation: null };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n: known.length, mean, deviation: Math.sqrt(squares / (known.length - 1)) };
}

/** The same for each place of several curves, as long as the longest. */
export function overCurves(curves) {
  const length = Math.max(0, ...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, place) => meanAndDeviation(curves.map((curve) => curve[place])));
}
