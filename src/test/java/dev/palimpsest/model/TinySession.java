package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// One session on a tiny network whose adapters, coefficients, gates and head are drawn, so that nothing is
/// zero by chance.
final class TinySession implements AutoCloseable {

    static final int CLASSES = 5;
    static final int IMAGES = 12;

    /// Which gates are open.
    enum Gates {
        ALL,
        /// Each of the three factors of a site by itself.
        SOME,
        /// Sites without anything that trains, among them the whole first block.
        FEW_SITES
    }

    /// What is computed and on what.
    record Case(NumericMode mode, Set<Site> sites, int rank, int past, Gates gates) {
        @Override
        public String toString() {
            return "%s, %s, rank %d, %d past, gates %s".formatted(mode.name(), sites, rank, past, gates);
        }
    }

    private final Backbone backbone;
    private final Network network;
    private final ImagePixels images;
    private final AdapterSession session;

    TinySession(Case one, OptimizerNumbers optimizer, @Nullable ImportanceCollection collection) {
        this(one, optimizer, collection, "cpu");
    }

    TinySession(Case one, OptimizerNumbers optimizer, @Nullable ImportanceCollection collection, String device) {
        this(one, optimizer, collection, device, IMAGES);
    }

    /// @param count pictures, no multiple of 5
    TinySession(
            Case one, OptimizerNumbers optimizer, @Nullable ImportanceCollection collection, String device, int count) {
        this(one, optimizer, collection, device, count, List.of());
    }

    /// @param further terms of the loss beside the orthogonality
    TinySession(
            Case one,
            OptimizerNumbers optimizer,
            @Nullable ImportanceCollection collection,
            String device,
            int count,
            List<LossTerm> further) {
        ElementType master = one.mode().compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, master, 17, device);
        network = TinyNetworks.network(
                TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(one.rank(), one.sites()), CLASSES, one.mode());
        images = TinyNetworks.images(network, count, 4);
        Random random = new Random(7);
        for (int t = 0; t <= one.past(); t++) {
            network.bank().grow(20 + t);
        }
        network.bank().restore(drawn(network.bank().save(), random), one.past() + 1);
        network.heads().set(0, numbers(random, CLASSES * TinyNetworks.WIDTH, 0.5), numbers(random, CLASSES, 0.5));
        long[] labels = LongStream.range(0, count).map(i -> 1 + i % 3).toArray();
        Set<Part> trains = EnumSet.of(Part.DOWN, Part.UP, Part.HEADS);
        if (one.past() > 0) {
            trains.add(Part.PAST_COEFFICIENTS);
        }
        Drawn drawn = draw(one, random);
        List<LossTerm> terms = new ArrayList<>(further);
        terms.add(drawn.term());
        SessionSetup setup =
                new SessionSetup(images, labels, trains, new ClassRange(1, 3), optimizer, terms, collection);
        session = new AdapterSession(network, drawn.view(), setup);
        session.order(LongStream.range(0, count).map(i -> (5 * i) % count).toArray());
    }

    private record Drawn(TrainingView view, LossTerm term) {}

    private Drawn draw(Case one, Random random) {
        int depth = network.shape().depth();
        double scale = 1.0 / one.rank();
        SiteValues sites = network.bank().settings().mask(depth);
        boolean some = one.gates() == Gates.SOME;
        SiteValues few = SiteValues.of(depth, site -> {
            boolean closed = one.gates() == Gates.FEW_SITES && (site.block() == 0 || random.nextBoolean());
            return closed ? 0 : 1;
        });
        SiteValues gate = sites.times(few).map(open -> scale * open * (some && random.nextBoolean() ? 0 : 1));
        SiteValues pastGate = sites.times(few).map(open -> scale * open * (some && random.nextBoolean() ? 0 : 1));
        SiteValues free = sites.map(open -> open * (one.gates() != Gates.ALL && random.nextBoolean() ? 0 : 1));
        List<SiteValues> omega = new ArrayList<>();
        List<SiteValues> folded = new ArrayList<>();
        for (int j = 0; j < one.past(); j++) {
            omega.add(SiteValues.of(depth, site -> 1 + 0.3 * random.nextGaussian()));
            folded.add(pastGate.map(value -> value == 0 ? scale * 0.7 : 0).times(sites));
        }
        return new Drawn(
                new TrainingView(
                        new AdapterView(folded), gate, one.past() == 0 ? null : new TrainingView.Past(pastGate, omega)),
                new LossTerm.Orthogonality(0.5, free));
    }

    private static TensorBundle drawn(TensorBundle adapters, Random random) {
        TensorBundle result = new TensorBundle();
        for (String name : adapters.names()) {
            HostTensor factor = adapters.get(name);
            int count = (int) Storage.elements(factor.shape());
            result.put(name, HostTensor.ofDoubles(numbers(random, count, 0.3), factor.shape()));
        }
        return result;
    }

    /// Drawn in float32, so that every master type starts from the same numbers.
    private static double[] numbers(Random random, int count, double scale) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    static OptimizerNumbers adam() {
        return new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 1);
    }

    AdapterSession session() {
        return session;
    }

    SessionProbe probe() {
        return new SessionProbe(session);
    }

    Network network() {
        return network;
    }

    ImagePixels images() {
        return images;
    }

    @Override
    public void close() {
        session.close();
        images.close();
        network.close();
        backbone.close();
    }
}
