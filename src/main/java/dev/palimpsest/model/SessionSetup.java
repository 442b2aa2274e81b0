package dev.palimpsest.model;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a session is made of.
///
/// @param images training pictures of the task
/// @param labels class position of each picture
/// @param trains what changes
/// @param scope classes in the cross-entropy; only their rows of the head train
/// @param terms of the loss beside the cross-entropy
/// @param collection how importance is collected, or null
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
public record SessionSetup(
        ImagePixels images,
        long[] labels,
        Set<Part> trains,
        ClassRange scope,
        OptimizerNumbers optimizer,
        List<LossTerm> terms,
        @Nullable ImportanceCollection collection) {

    public SessionSetup {
        terms = List.copyOf(terms);
        check(trains, terms);
    }

    /// Refuses parts that cannot train together, and terms of parts that do not train.
    ///
    /// @throws IllegalArgumentException if something trains without the heads, the backbone with an adapter,
    ///     coefficients without an adapter above them, or a term is of a part that does not train
    public static void check(Set<Part> trains, List<LossTerm> terms) {
        EnumSet<Part> others = EnumSet.noneOf(Part.class);
        others.addAll(trains);
        if (!others.isEmpty() && !others.remove(Part.HEADS)) {
            throw new IllegalArgumentException("the heads train wherever anything does, got " + trains);
        }
        if (others.contains(Part.BACKBONE) && others.size() > 1) {
            throw new IllegalArgumentException("the backbone trains alone with the heads, got " + trains);
        }
        boolean adapter = others.contains(Part.DOWN) || others.contains(Part.UP);
        if (others.contains(Part.PAST_COEFFICIENTS) && !adapter) {
            throw new IllegalArgumentException("past coefficients train below an adapter that trains, got " + trains);
        }
        for (LossTerm term : terms) {
            switch (term) {
                case LossTerm.Orthogonality _ -> {
                    if (!others.contains(Part.DOWN)) {
                        throw new IllegalArgumentException(
                                "the term %s needs DOWN to train, got %s".formatted(term.name(), trains));
                    }
                }
                case LossTerm.Divergence _ -> {
                    if (!adapter) {
                        throw new IllegalArgumentException(
                                "the term %s needs an adapter that trains, got %s".formatted(term.name(), trains));
                    }
                }
            }
        }
    }

    boolean trains(Part part) {
        return trains.contains(part);
    }
}
