/** A key that makes a creating request happen once; also where `crypto.randomUUID` is missing, over plain HTTP. */
export function once() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
