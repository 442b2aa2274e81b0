package dev.palimpsest.data;

import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.PixelRows;
import dev.palimpsest.files.UnreadableImageException;
import java.util.function.BooleanSupplier;

/// Where pictures of a source lie once they are decoded: 8-bit RGB with channels first, one after another in
/// the order of the rows asked for, whatever the number of threads.
///
/// Uniform sizes make one array [M, 3, y, x]; mixed sizes lie flat, and [#table] says where. Immutable.
public final class ImageLayout {

    private final ImageSource source;
    private final int[] rows;
    private final int decodeThreads;
    private final long[] table;
    private final long bytes;
    private final boolean uniform;

    private ImageLayout(ImageSource source, int[] rows, int decodeThreads, long[] table, long bytes, boolean uniform) {
        this.source = source;
        this.rows = rows;
        this.decodeThreads = decodeThreads;
        this.table = table;
        this.bytes = bytes;
        this.uniform = uniform;
    }

    /// Reads the sizes of some rows of a source, without decoding.
    ///
    /// @param decodeThreads platform threads, here and in [#decode], that live as long as the call
    /// @param stop asked before each picture
    /// @throws UnreadableImageException if a header cannot be read
    /// @throws java.util.concurrent.CancellationException if `stop` answered true
    public static ImageLayout of(ImageSource source, int[] rows, int decodeThreads, BooleanSupplier stop) {
        long[] table = new long[3 * rows.length];
        DecodingThreads.forEach(rows.length, decodeThreads, stop, i -> {
            ImageSize size = source.imageSize(rows[i]);
            table[3 * i + 1] = size.height();
            table[3 * i + 2] = size.width();
        });
        boolean uniform = true;
        long offset = 0;
        for (int i = 0; i < rows.length; i++) {
            table[3 * i] = offset;
            uniform &= table[3 * i + 1] == table[1] && table[3 * i + 2] == table[2];
            offset += 3 * table[3 * i + 1] * table[3 * i + 2];
        }
        return new ImageLayout(source, rows, decodeThreads, table, offset, uniform);
    }

    /// Decodes every picture to its place. Nothing of the target is to be used after a failure.
    ///
    /// @param stop asked before each picture
    /// @throws UnreadableImageException if a picture cannot be decoded
    /// @throws java.util.concurrent.CancellationException if `stop` answered true
    public void decode(BooleanSupplier stop, PixelTarget target) {
        DecodingThreads.forEach(rows.length, decodeThreads, stop, i -> source.decode(rows[i], new Place(i, target)));
    }

    /// The rows of one picture on their way to their place.
    private final class Place implements PixelRows {

        private final int image;
        private final PixelTarget target;

        Place(int image, PixelTarget target) {
            this.image = image;
            this.target = target;
        }

        @Override
        public void begin(int width, int height) {
            if (height != table[3 * image + 1] || width != table[3 * image + 2]) {
                throw new UnreadableImageException(
                        source.name(rows[image]),
                        "its header says %d x %d, its pixels are %d x %d"
                                .formatted(table[3 * image + 2], table[3 * image + 1], width, height));
            }
        }

        @Override
        public void row(int y, byte[] rgb) {
            long height = table[3 * image + 1];
            int width = (int) table[3 * image + 2];
            for (int channel = 0; channel < 3; channel++) {
                target.put(table[3 * image] + (channel * height + y) * width, rgb, channel * width, width);
            }
        }
    }

    public int size() {
        return rows.length;
    }

    /// Of all pictures, decoded.
    public long bytes() {
        return bytes;
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
                    size() == 0 ? "there is no picture" : "the pictures have several sizes: see table()");
        }
        return (int) table[column];
    }

    /// Shape [M, 3]: offset, height and width of each picture.
    public long[] table() {
        return table;
    }
}
