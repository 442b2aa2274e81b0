package dev.palimpsest.data;

import java.util.function.BooleanSupplier;

/// Few pictures decoded into an array.
@SuppressWarnings("ArrayRecordComponent") // never compared
public record HeapStore(ImageLayout layout, byte[] pixels) {

    public static HeapStore load(ImageSource source, int[] rows, int threads, BooleanSupplier stop) {
        ImageLayout layout = ImageLayout.of(source, rows, threads, stop);
        byte[] pixels = new byte[Math.toIntExact(layout.bytes())];
        layout.decode(
                stop,
                (offset, bytes, from, count) -> System.arraycopy(bytes, from, pixels, Math.toIntExact(offset), count));
        return new HeapStore(layout, pixels);
    }
}
