package dev.palimpsest.methods;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalogue says about a method.
///
/// @param name on the wire
/// @param reference paper or source
/// @param training the recipe where a request gives none; null for a method that does not train
/// @param trainsWith the setting without which nothing trains, or null where it always does or never
/// @param phases what an attempt goes through, in order
/// @param lossTerms names of the method's own loss terms
public record MethodInfo(
        String name,
        String title,
        String reference,
        Class<? extends MethodSettings> settings,
        MethodTraits traits,
        @Nullable TrainingSettings training,
        @Nullable String trainsWith,
        List<RunPhase> phases,
        List<String> lossTerms) {

    public MethodInfo {
        phases = List.copyOf(phases);
        lossTerms = List.copyOf(lossTerms);
    }

    /// A method that trains whatever its settings are, or never.
    public MethodInfo(
            String name,
            String title,
            String reference,
            Class<? extends MethodSettings> settings,
            MethodTraits traits,
            @Nullable TrainingSettings training,
            List<RunPhase> phases,
            List<String> lossTerms) {
        this(name, title, reference, settings, traits, training, null, phases, lossTerms);
    }
}
