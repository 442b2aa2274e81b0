package dev.palimpsest.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.settings.Setting;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// How the changes of several sources become one: of tasks, or of stored models. A source's change is the
/// product scale * B A at each site; the rules work on these products and never on factors (`docs/merges.md`).
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "rule")
public sealed interface MergeRule {

    /// `coefficient * sum of the changes`; 0 is the frozen backbone.
    @JsonTypeName("sum")
    record Sum(
            @Setting(
                    min = 0,
                    max = 8,
                    defaultValue = "0.25",
                    value = "Factor on the sum of all changes; 0 is the pretrained backbone.")
            double coefficient)
            implements MergeRule {

        List<Double> weights(int sources) {
            return Collections.nCopies(sources, coefficient);
        }
    }

    /// Their mean.
    @JsonTypeName("average")
    record Average() implements MergeRule {

        List<Double> weights(int sources) {
            return Collections.nCopies(sources, 1.0 / sources);
        }
    }

    /// Each entry from the source in which it is largest; a later source wins a tie.
    @JsonTypeName("max_magnitude")
    record MaxMagnitude(
            @Setting(min = 0, max = 8, defaultValue = "0.5", value = "Factor on the entry chosen.")
            double coefficient) implements MergeRule {}

    /// Each entry from a source drawn for it.
    @JsonTypeName("random_mix")
    record RandomMix(
            @Setting(min = 0, max = 8, defaultValue = "1.0", value = "Factor on the entry drawn.")
            double coefficient) implements MergeRule {}

    /// Trim each source, elect a sign for each entry, average what has it.
    @JsonTypeName("ties")
    record Ties(
            @Setting(
                    exclusiveMin = 0,
                    max = 1,
                    defaultValue = "0.2",
                    value = "Share of the entries of a source that are kept at a site, those of largest magnitude.")
            double keepFraction,

            @Setting(min = 0, max = 8, defaultValue = "0.55", value = "Factor on the mean.")
            double coefficient)
            implements MergeRule {}

    /// Drop entries of each source at random, divide the others by the share that is left, sum.
    @JsonTypeName("dare")
    record Dare(
            @Setting(
                    min = 0,
                    exclusiveMax = 1,
                    defaultValue = "0.5",
                    value = "Probability that an entry of a source is dropped.")
            double dropFraction,

            @Setting(min = 0, max = 8, defaultValue = "1.0", value = "Factor on the sum.")
            double coefficient)
            implements MergeRule {}

    /// `M_1` is the first change, then `M + alpha (change - M)` in the order of the sources.
    @JsonTypeName("moving_average")
    record MovingAverage(
            @Setting(exclusiveMin = 0, max = 1, defaultValue = "0.3", value = "Share of the newest change.")
            double alpha)
            implements MergeRule {

        List<Double> weights(int sources) {
            return IntStream.range(0, sources)
                    .mapToObj(j -> (j == 0 ? 1 : alpha) * Math.pow(1 - alpha, sources - 1.0 - j))
                    .toList();
        }
    }
}
