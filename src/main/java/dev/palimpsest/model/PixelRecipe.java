package dev.palimpsest.model;

import java.util.List;
import java.util.Map;

/// How 8-bit pictures become network input, as the programs read it (`pixels.py`).
///
/// @param augment whether training draws random resized crops
/// @param trainBicubic filter of the training crop: bicubic, else bilinear
/// @param brightness half-width of the brightness factor, 0 for none
/// @param evaluation 0 pixels as they are, 1 straight to the side, 2 shorter side then centre crop
public record PixelRecipe(
        boolean augment,
        double cropMin,
        double cropMax,
        boolean trainBicubic,
        boolean flip,
        double brightness,
        int evaluation,
        int evaluateSize,
        boolean evaluateBicubic,
        List<Double> mean,
        List<Double> std) {

    void into(Map<String, Long> c, Map<String, Double> f) {
        c.put("augment", augment ? 1L : 0);
        c.put("flip", flip ? 1L : 0);
        c.put("train_filter", trainBicubic ? 1L : 0);
        c.put("evaluate", (long) evaluation);
        c.put("evaluate_size", (long) evaluateSize);
        c.put("evaluate_filter", evaluateBicubic ? 1L : 0);
        f.put("crop_min", cropMin);
        f.put("crop_max", cropMax);
        f.put("brightness", brightness);
        for (int channel = 0; channel < 3; channel++) {
            f.put("mean" + channel, mean.get(channel));
            f.put("std" + channel, std.get(channel));
        }
    }
}
