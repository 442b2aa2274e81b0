package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What one optimiser step tells.
///
/// @param loss what was minimised
/// @param terms by name, in the order of the program: the cross-entropy, its mean over the batch in nats, and the
///     terms that the session has, as [LossTerm] says of each
/// @param gradientNorm global L2 norm before clipping
/// @param correct images whose class scored highest among the classes in scope
/// @param nonFinite whether loss or gradient of this step or one before is not finite, or the update left
///     weights too large to compute with in fp32
public record StepTally(double loss, Map<String, Double> terms, double gradientNorm, int correct, boolean nonFinite) {

    public static final String CROSS_ENTROPY = "cross_entropy";

    /// The terms that the step program reports, in its order (`train.py`).
    private static final List<String> PROGRAM =
            List.of(CROSS_ENTROPY, LossTerm.Orthogonality.NAME, LossTerm.Divergence.NAME);

    private static final int NUMBERS = PROGRAM.size() + 4;

    public StepTally {
        terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
    }

    /// Tallies of steps one after the other, seven numbers each.
    ///
    /// @param own terms of the session beside the cross-entropy
    static List<StepTally> of(double[] values, List<LossTerm> own) {
        List<StepTally> tallies = new ArrayList<>();
        for (int at = 0; at < values.length; at += NUMBERS) {
            Map<String, Double> terms = new LinkedHashMap<>();
            for (int i = 0; i < PROGRAM.size(); i++) {
                String name = PROGRAM.get(i);
                if (i == 0 || own.stream().anyMatch(term -> term.name().equals(name))) {
                    terms.put(name, values[at + i]);
                }
            }
            int rest = at + PROGRAM.size();
            int correct = (int) Math.round(values[rest + 2]);
            tallies.add(new StepTally(values[rest], terms, values[rest + 1], correct, values[rest + 3] != 0));
        }
        return tallies;
    }
}
