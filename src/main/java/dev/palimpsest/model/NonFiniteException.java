package dev.palimpsest.model;

/// Features, scores or sums of images that are not finite: nothing can be counted or kept of them.
public final class NonFiniteException extends RuntimeException {

    NonFiniteException(String message) {
        super(message);
    }

    /// Refuses rows with a value that is no number or infinite.
    ///
    /// @param values one row an image. Shape [images, width]
    /// @param what the rows are, as `features`
    public static void check(double[] values, int images, String what) {
        int width = values.length / Math.max(1, images);
        int bad = 0;
        for (int i = 0; i < images; i++) {
            for (int d = 0; d < width; d++) {
                if (!Double.isFinite(values[i * width + d])) {
                    bad++;
                    break;
                }
            }
        }
        if (bad > 0) {
            throw new NonFiniteException(
                    "The %s of %d of %d images are not finite; weights or adapters are too large to compute with."
                            .formatted(what, bad, images));
        }
    }
}
