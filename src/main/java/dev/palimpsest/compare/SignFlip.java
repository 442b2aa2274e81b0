package dev.palimpsest.compare;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The exact sign-flip test of paired differences: if the two arms are alike, each difference could as well have
/// had the other sign.
///
/// ```
/// p = #{s in {-1, 1}^n : |sum s_i d_i| >= |sum d_i|} / 2^n
/// ```
final class SignFlip {

    /// Beyond so many differences the signs are too many to be tried, and the t test needs no help.
    static final int MOST = 20;

    /// Sums that are equal but for rounding count as equal, as scipy's permutation test has it.
    private static final double ROUNDING = 1e-12;

    private SignFlip() {}

    /// Two-sided p; null below two differences and above [#MOST].
    static @Nullable Double p(List<Double> differences) {
        int n = differences.size();
        if (n < 2 || n > MOST) {
            return null;
        }
        double size = differences.stream().mapToDouble(Math::abs).sum();
        double observed =
                Math.abs(differences.stream().mapToDouble(Double::doubleValue).sum()) - ROUNDING * size;
        int asFar = 0;
        // the last sign can stay, since a sum and its negative are equally far from 0
        int half = 1 << (n - 1);
        for (int signs = 0; signs < half; signs++) {
            double sum = differences.getLast();
            for (int i = 0; i < n - 1; i++) {
                sum += (signs >> i & 1) == 0 ? differences.get(i) : -differences.get(i);
            }
            if (Math.abs(sum) >= observed) {
                asFar++;
            }
        }
        return (double) asFar / half;
    }

    /// The smallest p that n differences can give.
    static double smallest(int n) {
        return n < 2 || n > MOST ? 1 : Math.scalb(1.0, 1 - n);
    }
}
