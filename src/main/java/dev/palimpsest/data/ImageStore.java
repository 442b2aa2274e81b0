package dev.palimpsest.data;

import java.util.function.BooleanSupplier;

/// Pictures decoded once a run, as 8-bit RGB with channels first, one after another in the order of the rows
/// asked for, whatever the number of threads.
///
/// Uniform sizes lie as one array [M, 3, y, x]; mixed sizes lie flat, and [#table] says where. Immutable;
/// nobody changes the arrays.
public final class ImageStore {

    /// Of a Java array, less a few words that some JVMs keep for themselves.
    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final byte[] pixels;
    private final long[] table;
    private final boolean uniform;

    private ImageStore(byte[] pixels, long[] table, boolean uniform) {
        this.pixels = pixels;
        this.table = table;
        this.uniform = uniform;
    }

    /// Decodes some rows of a source. Sizes are read first, so what does not fit is refused before the work
    /// starts.
    ///
    /// @param decodeThreads platform threads that live as long as this call
    /// @param stop asked now and then
    /// @param maxBytes of decoded pixels
    /// @throws UnreadableImageException if a picture cannot be decoded
    /// @throws StoreTooSmallException if the pixels need more than `maxBytes` or 2 GiB
    /// @throws java.util.concurrent.CancellationException if `stop` answered true
    public static ImageStore load(
            ImageSource source, int[] rows, int decodeThreads, BooleanSupplier stop, long maxBytes) {
        int[] heights = new int[rows.length];
        int[] widths = new int[rows.length];
        DecodingThreads.forEach(rows.length, decodeThreads, stop, i -> {
            ImageSize size = source.imageSize(rows[i]);
            heights[i] = size.height();
            widths[i] = size.width();
        });
        long[] table = new long[3 * rows.length];
        boolean uniform = true;
        long offset = 0;
        for (int i = 0; i < rows.length; i++) {
            table[3 * i] = offset;
            table[3 * i + 1] = heights[i];
            table[3 * i + 2] = widths[i];
            uniform &= heights[i] == heights[0] && widths[i] == widths[0];
            offset += 3L * heights[i] * widths[i];
        }
        checkBytes(offset, rows.length, maxBytes);
        byte[] pixels = new byte[(int) offset];
        DecodingThreads.forEach(rows.length, decodeThreads, stop, i -> {
            source.decode(rows[i], new PixelRows() {
                @Override
                public void begin(int width, int height) {
                    if (height != heights[i] || width != widths[i]) {
                        throw new UnreadableImageException(
                                source.name(rows[i]),
                                "its header says %d x %d, its pixels are %d x %d"
                                        .formatted(widths[i], heights[i], width, height));
                    }
                }

                @Override
                public void row(int y, byte[] rgb) {
                    int width = widths[i];
                    for (int channel = 0; channel < 3; channel++) {
                        int to = (int) table[3 * i] + (channel * heights[i] + y) * width;
                        System.arraycopy(rgb, channel * width, pixels, to, width);
                    }
                }
            });
        });
        return new ImageStore(pixels, table, uniform);
    }

    private static void checkBytes(long bytes, int images, long maxBytes) {
        if (bytes > maxBytes) {
            throw new StoreTooSmallException(
                    "%d pictures need %d bytes decoded, more than the image store's %d; raise palimpsest.engine.image-store-size, or plan smaller tasks"
                            .formatted(images, bytes, maxBytes));
        }
        if (bytes > LONGEST_ARRAY) {
            throw new StoreTooSmallException(
                    "%d pictures need %d bytes decoded; one store holds at most %d (2 GiB): plan smaller tasks, or register smaller pictures"
                            .formatted(images, bytes, LONGEST_ARRAY));
        }
    }

    public int size() {
        return table.length / 3;
    }

    /// All pictures have one size.
    public boolean uniform() {
        return uniform;
    }

    /// Of every picture.
    ///
    /// @throws IllegalStateException if sizes are mixed or there is no picture
    public int height() {
        return common(1);
    }

    /// Of every picture.
    ///
    /// @throws IllegalStateException if sizes are mixed or there is no picture
    public int width() {
        return common(2);
    }

    private int common(int column) {
        if (!uniform || table.length == 0) {
            throw new IllegalStateException(
                    size() == 0 ? "the store is empty" : "the store's pictures have several sizes: see table()");
        }
        return (int) table[column];
    }

    /// All pictures one after another: shape [M, 3, y, x] if [#uniform].
    public byte[] pixels() {
        return pixels;
    }

    /// Shape [M, 3]: offset in [#pixels], height and width of each picture.
    public long[] table() {
        return table;
    }
}
