package dev.palimpsest.metrics;

/// Student's t distribution with a whole number of degrees of freedom, to about 14 digits.
public final class StudentT {

    private static final double TINY = 1e-300;

    private StudentT() {}

    /// Two-sided p: the probability of a value at least as far from 0 as t.
    ///
    /// ```
    /// p = I_x(df/2, 1/2),  x = df / (df + t²)
    /// ```
    static double twoSided(double t, int df) {
        double square = t * t;
        return incompleteBeta(df, df / (df + square), square / (df + square));
    }

    /// One-sided p: the probability of a value above t.
    public static double above(double t, int df) {
        double tail = twoSided(t, df) / 2;
        return t > 0 ? tail : 1 - tail;
    }

    /// The t whose interval ±t holds 95 %: the quantile of 0.975.
    static double quantile975(int df) {
        if (df < 1) {
            throw new IllegalArgumentException("degrees of freedom must be at least 1, got " + df);
        }
        double low = 1;
        double high = 13;
        // p falls with t; halving ends when the two are neighbours
        while (true) {
            double middle = (low + high) / 2;
            if (middle <= low || middle >= high) {
                return middle;
            }
            if (twoSided(middle, df) > 0.05) {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    /// The regularised incomplete beta function I_x(df/2, 1/2).
    ///
    /// @param rest 1 - x, given apart so that neither end loses digits
    private static double incompleteBeta(int df, double x, double rest) {
        if (rest <= 0) {
            return 1;
        }
        if (x <= 0) {
            return 0;
        }
        double a = df / 2.0;
        double b = 0.5;
        double front = Math.pow(x, a) * Math.sqrt(rest) * gammaRatio(df) / Math.sqrt(Math.PI);
        // the fraction converges fast on the near side of the mean only
        return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, rest) / b;
    }

    /// Γ((df + 1)/2) / Γ(df/2) from its values at 1 and 2 by Γ(z + 1) = z Γ(z).
    private static double gammaRatio(int df) {
        double ratio = df % 2 == 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
        for (int smaller = df % 2 == 1 ? 1 : 2; smaller < df; smaller += 2) {
            ratio *= (smaller + 1.0) / smaller;
        }
        return ratio;
    }

    /// The continued fraction of the incomplete beta function, evaluated by Lentz's method.
    private static double fraction(double a, double b, double x) {
        double c = 1;
        double d = 1 / nonZero(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m < 10_000; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / nonZero(1 + even * d);
            c = nonZero(1 + even / c);
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / nonZero(1 + odd * d);
            c = nonZero(1 + odd / c);
            value *= d * c;
            if (Math.abs(d * c - 1) < 1e-16) {
                break;
            }
        }
        return value;
    }

    private static double nonZero(double value) {
        return Math.abs(value) < TINY ? TINY : value;
    }
}
