package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Setting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The order in which classes are learned. Apart from the run's seed, so that a paper which fixes the order
/// and varies the rest can be written down.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface ClassOrder {

    /// Rows of the labels in the order of learning.
    ///
    /// @throws SplitException if an explicit order is not a permutation of the labels
    int[] rows(List<String> labels, RandomStreams streams);

    /// The data set's label order.
    @JsonTypeName("natural")
    record Natural() implements ClassOrder {

        @Override
        public int[] rows(List<String> labels, RandomStreams streams) {
            int[] rows = new int[labels.size()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = i;
            }
            return rows;
        }
    }

    /// Our own permutation. With a seed it is the same for every job; without, each job draws it from its own
    /// seed.
    @JsonTypeName("seeded")
    record Seeded(
            @Setting(
                    min = 0,
                    max = 4294967295d,
                    defaultValue = "null",
                    value = "Seed of the order; null for each job's own.")
            @Nullable
            Long seed)
            implements ClassOrder {

        public Seeded {
            if (seed != null) {
                checkSeed(seed);
            }
        }

        @Override
        public int[] rows(List<String> labels, RandomStreams streams) {
            RandomStreams chosen = seed == null ? streams : new RandomStreams(seed);
            return RandomStreams.permutation(chosen.seed(Stream.CLASS_ORDER, 0, 0, 0), labels.size());
        }
    }

    /// The permutation of NumPy's old generator, by which many papers fix their order (seed 1993 above all).
    @JsonTypeName("numpy_legacy")
    record NumpyLegacy(
            @Setting(min = 0, max = 4294967295d, value = "Seed of NumPy's old generator.")
            long seed) implements ClassOrder {

        public NumpyLegacy {
            checkSeed(seed);
        }

        @Override
        public int[] rows(List<String> labels, RandomStreams streams) {
            return new MersenneTwister((int) seed).permutation(labels.size());
        }
    }

    /// As given: every class once.
    @JsonTypeName("explicit")
    record Explicit(@Setting("Every class once.") List<String> classes) implements ClassOrder {

        public Explicit {
            classes = List.copyOf(classes);
        }

        @Override
        public int[] rows(List<String> labels, RandomStreams streams) {
            Map<String, Integer> rowOf = new HashMap<>();
            for (int row = 0; row < labels.size(); row++) {
                rowOf.put(labels.get(row), row);
            }
            List<Fault> faults = new ArrayList<>();
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < classes.size(); i++) {
                String param = "split.class_order.classes[" + i + "]";
                Integer row = rowOf.remove(classes.get(i));
                if (row != null) {
                    rows.add(row);
                } else if (labels.contains(classes.get(i))) {
                    faults.add(new Fault(
                            "duplicate_value", param, "Class '%s' is named twice.".formatted(classes.get(i))));
                } else {
                    faults.add(SplitException.unknownClass(param, classes.get(i), labels));
                }
            }
            if (!rowOf.isEmpty()) {
                faults.add(new Fault(
                        "too_few_classes",
                        "split.class_order.classes",
                        "An explicit order names every class once; %d of %d are missing, '%s' among them."
                                .formatted(
                                        rowOf.size(),
                                        labels.size(),
                                        rowOf.keySet().stream()
                                                .sorted()
                                                .findFirst()
                                                .orElseThrow())));
            }
            if (!faults.isEmpty()) {
                throw new SplitException(faults);
            }
            return rows.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private static void checkSeed(long seed) {
        if (seed < 0 || seed > 0xFFFFFFFFL) {
            throw new IllegalArgumentException("seed must be in 0..4294967295, got " + seed);
        }
    }
}
