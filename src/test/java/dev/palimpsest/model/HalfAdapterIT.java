package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.OneStep;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One half of an adapter trains above the other, which stays as it is.
@Tag("engine")
class HalfAdapterIT {

    private static final int IMAGES = 8;
    private static final double RATE = 0.05;
    private static final OptimizerNumbers SGD = new OptimizerNumbers(2, 0, 0, 0, 0, 0, 0);

    /// Adapters and heads after steps of a session whose network began the same, by name.
    private static Map<String, double[]> learned(Set<Part> trains, int rank, int steps, boolean interrupted) {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 9);
                Network network = network(backbone, rank);
                ImagePixels images = TinyNetworks.images(network, IMAGES, 4)) {
            begin(network, 1);
            AdapterSession session = session(network, images, trains);
            try {
                for (int i = 0; i < steps; i++) {
                    if (interrupted && i == 1) {
                        TensorBundle saved = Tensors.copy(session.save());
                        session.close();
                        begin(network, 2);
                        session = session(network, images, trains);
                        session.restore(saved);
                    }
                    OneStep.of(session, 0, IMAGES, i, new StepRates(RATE, RATE, RATE), false);
                }
                session.finish();
            } finally {
                session.close();
            }
            Map<String, double[]> result = new TreeMap<>();
            TensorBundle bank = network.bank().save();
            bank.names().forEach(name -> result.put(name, bank.get(name).doubles()));
            TensorBundle heads = network.heads().save(List.of(new ClassRange(0, 4)));
            heads.names().forEach(name -> result.put(name, heads.get(name).doubles()));
            return result;
        }
    }

    private static Network network(Backbone backbone, int rank) {
        return TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(rank, EnumSet.allOf(Site.class)),
                4,
                NumericMode.FP64);
    }

    /// The newest adapter with a B that is not zero, drawn from a seed.
    private static void begin(Network network, long seed) {
        if (network.bank().size() == 0) {
            network.bank().grow(1);
        }
        TensorBundle drawn = new TensorBundle();
        TensorBundle bank = network.bank().save();
        for (String name : bank.names()) {
            long[] shape = bank.get(name).shape();
            double[] values = new Random(seed + name.hashCode())
                    .doubles(shape[0] * shape[1], -0.3, 0.3)
                    .toArray();
            drawn.put(name, HostTensor.ofDoubles(values, shape));
        }
        network.bank().restore(drawn, 1);
    }

    private static AdapterSession session(Network network, ImagePixels images, Set<Part> trains) {
        long[] labels = LongStream.range(0, IMAGES).map(i -> i % 4).toArray();
        SiteValues gate = SiteValues.all(network.shape().depth(), 0.5);
        SessionSetup setup = new SessionSetup(images, labels, trains, new ClassRange(0, 4), SGD, List.of(), null);
        AdapterSession session = new AdapterSession(network, TrainingView.plain(AdapterView.NONE, gate), setup);
        session.order(LongStream.range(0, IMAGES).toArray());
        return session;
    }

    /// Rank 2 takes the skinny form of the gradients, rank 20 the dense one.
    @ParameterizedTest
    @CsvSource({"DOWN, down, 2", "DOWN, down, 20", "UP, up, 2", "UP, up, 20"})
    void aHalfMovesAsItDoesInTheWholeAndTheOtherStays(Part part, String key, int rank) {
        Map<String, double[]> before = learned(EnumSet.of(part, Part.HEADS), rank, 0, false);
        Map<String, double[]> half = learned(EnumSet.of(part, Part.HEADS), rank, 1, false);
        Map<String, double[]> whole = learned(EnumSet.of(Part.DOWN, Part.UP, Part.HEADS), rank, 1, false);

        for (String name : half.keySet()) {
            boolean trains = (!name.contains(".down.") && !name.contains(".up.")) || name.contains("." + key + ".");
            double[] wanted = (trains ? whole : before).get(name);
            assertThat(half.get(name)).as(name).isEqualTo(wanted);
            assertThat(Arrays.equals(half.get(name), before.get(name))).as(name).isEqualTo(!trains);
        }
    }

    @Test
    void aDesignedDownStandsAtItsSiteAlone() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 9);
                Network network = network(backbone, 2)) {
            network.bank().grow(1);
            TensorBundle before = Tensors.copy(network.bank().save());
            double[] designed = new Random(3).doubles(2L * TinyNetworks.WIDTH).toArray();

            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                network.bank().put(new AdapterSite(1, Site.K), scope.doubles(designed, 2, TinyNetworks.WIDTH));
            }

            TensorBundle after = network.bank().save();
            for (String name : after.names()) {
                boolean put = name.equals("blocks.1.k.down.task1");
                assertThat(after.get(name).doubles())
                        .as(name)
                        .isEqualTo(put ? designed : before.get(name).doubles());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"DOWN", "UP", "HEADS"})
    void aSessionGoesOnFromWhatItSavedWhateverTheAdapterIsNow(Part part) {
        Set<Part> trains = EnumSet.of(part, Part.HEADS);
        Map<String, double[]> whole = learned(trains, 2, 3, false);
        Map<String, double[]> broken = learned(trains, 2, 3, true);

        whole.forEach((name, values) -> {
            if (part != Part.HEADS || name.startsWith("task")) {
                assertThat(broken.get(name)).as(name).isEqualTo(values);
            }
        });
    }
}
