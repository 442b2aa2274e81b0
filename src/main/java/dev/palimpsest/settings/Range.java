package dev.palimpsest.settings;

/// The numbers that are allowed, and how a message says so: `1..256`, `above 0`, `at least 0 and below 1`.
record Range(double least, boolean leastExcluded, double most, boolean mostExcluded) {

    /// The bounds of a description, narrowed to what the Java type can hold.
    static Range of(Setting setting, double typeLeast, double typeMost) {
        var least = Math.max(setting.min(), typeLeast);
        var most = Math.min(setting.max(), typeMost);
        var leastExcluded = setting.exclusiveMin() >= least && !Double.isInfinite(setting.exclusiveMin());
        var mostExcluded = setting.exclusiveMax() <= most && !Double.isInfinite(setting.exclusiveMax());
        return new Range(
                leastExcluded ? setting.exclusiveMin() : least,
                leastExcluded,
                mostExcluded ? setting.exclusiveMax() : most,
                mostExcluded);
    }

    boolean contains(double value) {
        var highEnough = leastExcluded ? value > least : value >= least;
        var lowEnough = mostExcluded ? value < most : value <= most;
        return Double.isFinite(value) && highEnough && lowEnough;
    }

    @Override
    public String toString() {
        if (Double.isInfinite(least) && Double.isInfinite(most)) {
            return "finite";
        }
        if (Double.isInfinite(most)) {
            return low();
        }
        if (Double.isInfinite(least)) {
            return high();
        }
        return leastExcluded || mostExcluded ? low() + " and " + high() : text(least) + ".." + text(most);
    }

    private String low() {
        return (leastExcluded ? "above " : "at least ") + text(least);
    }

    private String high() {
        return (mostExcluded ? "below " : "at most ") + text(most);
    }

    private static String text(double bound) {
        return bound == Math.rint(bound) && Math.abs(bound) < 1e18
                ? Long.toString((long) bound)
                : Double.toString(bound);
    }
}
