// Single tensors of a safetensors file, read from its first bytes on.

/** The length of the header behind the first eight bytes of a file. */
export function headerLength(first) {
  return Number(new DataView(first).getBigUint64(0, true));
}

/** What the header says: `{name: {dtype, shape, first, last}}`, where the bytes are counted from the file's start. */
export function entries(header, length) {
  const parsed = JSON.parse(new TextDecoder().decode(header));
  return Object.fromEntries(Object.entries(parsed)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, { dtype, shape, data_offsets: [begin, end] }]) =>
      [name, { dtype, shape, first: 8 + length + begin, last: 8 + length + end - 1 }]));
}

/** Numbers of a tensor in row order. */
export function numbers(bytes, dtype) {
  const view = new DataView(bytes);
  const [size, read] = dtype === 'F64' ? [8, 'getFloat64'] : dtype === 'F32' ? [4, 'getFloat32'] : [0, ''];
  if (size === 0) throw new Error(`Tensors of type ${dtype} are not read here.`);
  return Array.from({ length: bytes.byteLength / size }, (_, place) => view[read](place * size, true));
}
