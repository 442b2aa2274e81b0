package dev.palimpsest.methods;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalogue says about a method.
///
/// @param name on the wire
/// @param reference paper or source
/// @param training the recipe where a request gives none; null for a method that does not train
/// @param phases what an attempt goes through, in order
/// @param lossTerms names of the method's own loss terms
public record MethodInfo(
        String name,
        String title,
        String reference,
        Class<? extends MethodSettings> settings,
        MethodTraits traits,
        @Nullable TrainingSettings training,
        List<RunPhase> phases,
        List<String> lossTerms) {

    public MethodInfo {
        phases = List.copyOf(phases);
        lossTerms = List.copyOf(lossTerms);
    }
}
