package dev.palimpsest.methods;

import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import java.util.Arrays;

/// How near a golden number is wanted in a numeric mode.
record GoldenMode(NumericMode mode, Tolerances tolerances) {

    private static final double EXACT = 1e-10;

    /// Nothing in double is allowed more than rounding, whatever the case allows.
    double tolerance(String quantity) {
        return mode.compute() == ElementType.FLOAT64 ? EXACT : tolerances.get(quantity);
    }

    /// As the network of this mode would have handed them over.
    double[] rounded(double[] values) {
        return mode.compute() == ElementType.FLOAT64
                ? values
                : Arrays.stream(values).map(value -> (float) value).toArray();
    }
}
