package dev.palimpsest.files;

/// A decoded picture: 8-bit RGB, channels first. `pixels[(channel * height + y) * width + x]`.
/// Nobody changes the array after it was handed over.
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
public record Image(int width, int height, byte[] pixels) {

    public Image {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "width and height must be at least 1, got %d x %d".formatted(width, height));
        }
        if (pixels.length != 3L * width * height) {
            throw new IllegalArgumentException("a picture of %d x %d pixels has %d values, got %d"
                    .formatted(width, height, 3L * width * height, pixels.length));
        }
    }

    /// Hands the picture over as if it were just being decoded.
    public void into(PixelRows target) {
        target.begin(width, height);
        byte[] row = new byte[3 * width];
        for (int y = 0; y < height; y++) {
            for (int channel = 0; channel < 3; channel++) {
                System.arraycopy(pixels, (channel * height + y) * width, row, channel * width, width);
            }
            target.row(y, row);
        }
    }

    /// Gathers the rows of a picture.
    public static final class Collector implements PixelRows {

        private int width;
        private int height;
        private byte[] pixels = {};

        @Override
        public void begin(int width, int height) {
            this.width = width;
            this.height = height;
            pixels = new byte[3 * width * height];
        }

        @Override
        public void row(int y, byte[] rgb) {
            for (int channel = 0; channel < 3; channel++) {
                System.arraycopy(rgb, channel * width, pixels, (channel * height + y) * width, width);
            }
        }

        public Image image() {
            return new Image(width, height, pixels);
        }
    }
}
