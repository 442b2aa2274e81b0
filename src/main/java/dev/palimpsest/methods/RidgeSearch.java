package dev.palimpsest.methods;

import dev.palimpsest.model.RidgeSums;
import dev.palimpsest.torch.Tensor;

/// Chooses a ridge: of the powers of ten from 1e-8 to 1e8 the one whose heads are nearest to the unit vectors of the
/// classes, in squared error over images that the fit has not seen; of equally good ones the smallest.
final class RidgeSearch {

    private static final int LEAST_POWER = -8;
    private static final int LARGEST_POWER = 8;

    /// The ridge whose fit is wrong least on what was held out.
    ///
    /// @param fit over the images that are kept
    /// @return no number if nothing is held out, or none of them makes the matrix positive definite
    double best(RidgeSums fit, HeldOut split) {
        double best = Double.NaN;
        double least = Double.POSITIVE_INFINITY;
        for (int power = LEAST_POWER; power <= LARGEST_POWER && split.any(); power++) {
            double ridge = Math.pow(10, power);
            double error = error(fit, split, ridge);
            if (error < least) {
                least = error;
                best = ridge;
            }
        }
        return best;
    }

    private static double error(RidgeSums fit, HeldOut split, double ridge) {
        Tensor weights = fit.solve(ridge);
        if (weights == null) {
            return Double.POSITIVE_INFINITY;
        }
        try (weights) {
            double[] sum = {0};
            split.held((position, rows) -> sum[0] += fit.squaredError(weights, position, rows));
            return sum[0];
        }
    }

    /// The ridge where none can be compared: the mean of G's diagonal, or 1 where that is 0.
    static double fallback(RidgeSums all) {
        double mean = all.meanSquare();
        return mean > 0 ? mean : 1;
    }
}
