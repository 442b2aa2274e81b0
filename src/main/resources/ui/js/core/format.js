// Numbers, times and words as people read them. Nothing here touches the page.

const NOTHING = '–';

/** A number with so many decimals; a dash for null. */
export function number(value, decimals = 2) {
  return value === null || value === undefined || Number.isNaN(value) ? NOTHING : value.toFixed(decimals);
}

/** A measured number whose size is not known beforehand: four digits that say something. */
export function measured(value) {
  if (value === null || value === undefined) return NOTHING;
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** `12.34 ± 0.56`; the mean alone where one seed has no deviation. */
export function spread(mean, deviation) {
  return deviation === null || deviation === undefined ? number(mean) : `${number(mean)} ± ${number(deviation)}`;
}

/** Seconds as `1 h 05 min`, `3 min 20 s` or `12 s`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const two = (part) => String(part).padStart(2, '0');
  if (whole >= 86400) return `${Math.floor(whole / 86400)} d ${two(Math.floor((whole % 86400) / 3600))} h`;
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${whole} s`;
}

/** How long until an instant, `due` once it has passed; a dash for none. */
export function until(instant, now) {
  if (!instant) return NOTHING;
  const seconds = (Date.parse(instant) - now) / 1000;
  return seconds <= 0 ? 'due' : duration(seconds);
}

/** Bytes with a unit of 1024. */
export function bytes(count) {
  if (count === null || count === undefined) return NOTHING;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  let size = count;
  while (size >= 1024 && power < units.length - 1) {
    size /= 1024;
    power++;
  }
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`;
}

/** A word of the interface as a person reads it: `final_accuracy` is `final accuracy`. */
export function words(name) {
  return String(name ?? NOTHING).replaceAll('_', ' ');
}

/** At most so many characters, with an ellipsis in the middle where the ends tell names apart. */
export function shortened(text, most = 48) {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** A few of many: `a, b, c and 7 more`. */
export function few(list, most = 6) {
  return list.length <= most ? list.join(', ') : `${list.slice(0, most).join(', ')} and ${list.length - most} more`;
}
