// Tables as RFC 4180 text.

/** Rows of values, the first the heads. Null is an empty field. */
export function csv(rows) {
  return rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

function field(value) {
  if (value === null || value === undefined) return '';
  const text = String(value);
  // a leading = + - @ in a text starts a formula in spreadsheets; numbers may be negative
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
