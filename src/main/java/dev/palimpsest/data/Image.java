package dev.palimpsest.data;

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
}
