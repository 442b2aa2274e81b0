package dev.palimpsest.model;

import java.util.Map;

/// The optimiser as the programs read it.
///
/// @param kind 0 Adam, 1 AdamW, 2 SGD
/// @param clip bound of the global L2 norm, 0 for none
public record OptimizerNumbers(
        int kind, double beta1, double beta2, double epsilon, double weightDecay, double momentum, double clip) {

    void into(Map<String, Long> c, Map<String, Double> f) {
        c.put("optimizer", (long) kind);
        f.put("beta1", beta1);
        f.put("beta2", beta2);
        f.put("epsilon", epsilon);
        f.put("weight_decay", weightDecay);
        f.put("momentum", momentum);
        f.put("clip", clip);
    }
}
