package dev.palimpsest.compare;

import java.util.Map;

/// One side of a comparison: a metric of an experiment by seed, unrounded.
public record Arm(String name, Map<Long, Double> values) {

    public Arm {
        values = Map.copyOf(values);
    }
}
