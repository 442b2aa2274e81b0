package dev.palimpsest.data;

import java.util.List;

/// Named recipe for pixels (`docs/data.md` 5). It belongs to the protocol, not to the method, so that methods can
/// be compared on the same pixels.
///
/// @param augment training pictures are cropped at random; false: they take the evaluation's way
/// @param cropMin least share of the picture's area in a random crop
/// @param flip left and right are exchanged with probability one half
/// @param brightness largest change of the brightness factor, 0 for none
/// @param evaluateSize shorter side before the centre crop, or the side of [Evaluation#DIRECT]
/// @param mean subtracted from values in 0..1, a number a channel
/// @param std divides afterwards
/// @param side of the square that the network sees
@SuppressWarnings("ArrayRecordComponent") // handed to the programs; never compared
public record InputProfile(
        String name,
        boolean augment,
        double cropMin,
        double cropMax,
        Filter trainFilter,
        boolean flip,
        double brightness,
        Evaluation evaluation,
        int evaluateSize,
        Filter evaluateFilter,
        double[] mean,
        double[] std,
        int side) {

    public enum Filter {
        BILINEAR,
        BICUBIC
    }

    public enum Evaluation {
        /// The pictures have the right size.
        AS_IS,
        /// Resized to `side` x `side`, whatever the shape.
        DIRECT,
        /// Shorter side to `evaluateSize`, then the centre of `side` x `side`.
        SHORTER_SIDE_THEN_CROP
    }

    /// As published with LoRAC-IPC's CIFAR runs.
    private static final double[] CIFAR_MEAN = {0.5071, 0.4867, 0.4408};

    private static final double[] CIFAR_STD = {0.2675, 0.2565, 0.2761};
    private static final double[] ZERO = {0, 0, 0};
    private static final double[] ONE = {1, 1, 1};
    private static final List<String> NAMES =
            List.of("backbone_default", "lorac_ipc_generic", "lorac_ipc_cifar", "inflora", "plain");

    public InputProfile {
        if (side < 1 || evaluateSize < side) {
            throw new IllegalArgumentException(
                    "the evaluation size must be at least the side, got %d and %d".formatted(evaluateSize, side));
        }
        if (!(cropMin > 0 && cropMin <= cropMax && cropMax <= 1)) {
            throw new IllegalArgumentException(
                    "the crop must satisfy 0 < min <= max <= 1, got %s..%s".formatted(cropMin, cropMax));
        }
        if (mean.length != 3 || std.length != 3) {
            throw new IllegalArgumentException(
                    "mean and std need three values, got %d and %d".formatted(mean.length, std.length));
        }
    }

    public static List<String> names() {
        return NAMES;
    }

    /// The profile of a name, for pictures of some side.
    ///
    /// @param backboneMean,backboneStd,cropFraction what the backbone was trained with; used by
    ///     `backbone_default` and, without the crop, by `plain`
    /// @param smallImages every picture of the data set has 32 x 32 pixels; asked by `inflora`
    public static InputProfile named(
            String name,
            int side,
            double[] backboneMean,
            double[] backboneStd,
            double cropFraction,
            boolean smallImages) {
        Evaluation crop = Evaluation.SHORTER_SIDE_THEN_CROP;
        int larger = (int) (side * 256L / 224);
        return switch (name) {
            case "backbone_default" -> {
                int size = (int) (side / checkedCropFraction(cropFraction));
                Filter filter = Filter.BICUBIC;
                yield new InputProfile(
                        name, true, 0.08, 1, filter, true, 0, crop, size, filter, backboneMean, backboneStd, side);
            }
            case "lorac_ipc_generic" ->
                new InputProfile(
                        name, true, 0.05, 1, Filter.BILINEAR, true, 0, crop, larger, Filter.BICUBIC, ZERO, ONE, side);
            case "lorac_ipc_cifar" -> {
                Filter filter = Filter.BICUBIC;
                double brightness = 63.0 / 255;
                yield new InputProfile(
                        name,
                        true,
                        0.08,
                        1,
                        filter,
                        true,
                        brightness,
                        crop,
                        larger,
                        filter,
                        CIFAR_MEAN,
                        CIFAR_STD,
                        side);
            }
            case "inflora" -> {
                Evaluation way = smallImages ? Evaluation.DIRECT : crop;
                int size = smallImages ? side : larger;
                Filter filter = Filter.BILINEAR;
                yield new InputProfile(name, true, 0.08, 1, filter, true, 0, way, size, filter, ZERO, ONE, side);
            }
            case "plain" -> {
                Filter filter = Filter.BILINEAR;
                yield new InputProfile(
                        name,
                        false,
                        1,
                        1,
                        filter,
                        false,
                        0,
                        Evaluation.AS_IS,
                        side,
                        filter,
                        backboneMean,
                        backboneStd,
                        side);
            }
            default ->
                throw new IllegalArgumentException("input profile must be one of %s, got '%s'".formatted(NAMES, name));
        };
    }

    private static double checkedCropFraction(double cropFraction) {
        if (!(cropFraction > 0 && cropFraction <= 1)) {
            throw new IllegalArgumentException("the crop fraction must be above 0 and at most 1, got " + cropFraction);
        }
        return cropFraction;
    }
}
