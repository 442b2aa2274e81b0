package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TinySession.Case;
import dev.palimpsest.model.TinySession.Gates;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The backward pass that is written by hand, against the twin that differentiates the plain network by
/// itself (`src/test/torch/reference.py`). Bounds: `docs/decisions`, and `docs/engine.md` 4.4.
///
/// Longer than 350 lines: every gradient of a step is checked in the same two ways, which share their set-up.
@Tag("engine")
class GradientsIT {

    private static final int BATCH = 6;

    private static final Map<NumericMode, Double> BOUNDS = bounds();

    private static final List<Set<Site>> SITES = List.of(
            EnumSet.allOf(Site.class),
            EnumSet.of(Site.Q, Site.K, Site.V),
            EnumSet.of(Site.K),
            EnumSet.of(Site.OUT, Site.FC2),
            EnumSet.of(Site.FC1));

    private static final List<SessionProbe.Form> FORMS = List.of(
            new SessionProbe.Form(false, 0),
            new SessionProbe.Form(true, 0),
            new SessionProbe.Form(true, 1),
            new SessionProbe.Form(true, 2),
            new SessionProbe.Form(false, 0, 4),
            new SessionProbe.Form(true, 2, 1));

    private static Map<NumericMode, Double> bounds() {
        Map<NumericMode, Double> bounds = new LinkedHashMap<>();
        bounds.put(NumericMode.FP64, 1e-12);
        bounds.put(NumericMode.FP32, 1e-4);
        bounds.put(NumericMode.FP32_ONEDNN, 1e-4);
        return bounds;
    }

    @TestFactory
    Stream<DynamicTest> writtenGradientsAreThoseOfTheTwin() {
        return BOUNDS.keySet().stream().map(mode -> DynamicTest.dynamicTest(mode.name(), () -> everyCase(mode, "cpu")));
    }

    /// A batch that goes through in parts has its divergence in parts too.
    @TestFactory
    Stream<DynamicTest> aDivergenceFromTheFrozenFeaturesIsDifferentiatedToo() {
        List<LossTerm> terms = List.of(new LossTerm.Divergence(0.4));
        return BOUNDS.keySet().stream()
                .map(mode -> DynamicTest.dynamicTest(mode.name(), () -> {
                    Case one = new Case(mode, EnumSet.of(Site.Q, Site.V), 2, 0, Gates.ALL);
                    Case exact = new Case(NumericMode.FP64, one.sites(), 2, 0, Gates.ALL);
                    try (TinySession session =
                                    new TinySession(one, TinySession.adam(), null, "cpu", TinySession.IMAGES, terms);
                            TinySession plain = new TinySession(
                                    exact, TinySession.adam(), null, "cpu", TinySession.IMAGES, terms)) {
                        TensorBundle twin = plain.probe().twin(0, BATCH, 0);
                        assertThat(twin.get("tally").doubles()[2]).isGreaterThan(0.01);
                        for (SessionProbe.Form form : FORMS) {
                            TensorBundle found = session.probe().gradients(form, 0, BATCH, 0);
                            compare(one + ", " + form, found, twin, BOUNDS.getOrDefault(mode, 0.0));
                        }
                    }
                }));
    }

    /// In double and in the mode of parity everything; the others differ in kernels only.
    static void everyCase(NumericMode mode, String device) {
        boolean all = mode.equals(NumericMode.FP64) || mode.equals(NumericMode.FP32);
        double bound = BOUNDS.getOrDefault(mode, 0.0);
        for (Set<Site> sites : all ? SITES : SITES.subList(0, 1)) {
            for (int past : List.of(0, 1, 3)) {
                for (Gates gates : Gates.values()) {
                    Case one = new Case(mode, sites, 2, past, gates);
                    Case exact = new Case(NumericMode.FP64, sites, 2, past, gates);
                    try (TinySession session = new TinySession(one, TinySession.adam(), null, device);
                            TinySession plain = new TinySession(exact, TinySession.adam(), null)) {
                        TensorBundle twin = plain.probe().twin(0, BATCH, 0);
                        for (SessionProbe.Form form : FORMS) {
                            TensorBundle found = session.probe().gradients(form, 0, BATCH, 0);
                            compare(one + ", " + form, found, twin, bound);
                            if (form.importance() > 0) {
                                compareImportance(one, session, form, found, twin, bound);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Differences relative to the tensor's largest entry; a tensor that is tiny beside the others, because
    /// its sums cancel, is taken at a hundredth of theirs.
    private static void compare(String what, TensorBundle found, TensorBundle twin, double bound) {
        double floor = bound < 1e-10 ? 0 : 0.01 * largestOfAll(twin);
        for (String name : twin.names()) {
            if (name.startsWith("dense")) {
                continue; // formed only where it is needed; its factors are compared
            }
            double[] ours = found.get(name).doubles();
            double[] theirs = twin.get(name).doubles();
            int count = name.equals("tally") ? 3 : theirs.length;
            double unit = Math.max(largest(theirs), floor);
            double worst = 0;
            for (int i = 0; i < count; i++) {
                worst = Math.max(worst, Math.abs(ours[i] - theirs[i]));
            }
            assertThat(unit == 0 ? worst : worst / unit)
                    .as("%s: %s", what, name)
                    .isLessThanOrEqualTo(bound);
        }
    }

    private static double largestOfAll(TensorBundle twin) {
        return twin.names().stream()
                .filter(name -> !name.startsWith("dense") && !name.equals("tally"))
                .mapToDouble(name -> largest(twin.get(name).doubles()))
                .max()
                .orElse(0);
    }

    /// The mean of |W G| of each matrix, from the twin's gradient of the composed weight.
    private static void compareImportance(
            Case one,
            TinySession session,
            SessionProbe.Form form,
            TensorBundle found,
            TensorBundle twin,
            double bound) {
        for (int stack = 0; stack < Site.STACKS; stack++) {
            if (!found.has("value" + stack)) {
                continue;
            }
            double[] values = found.get("value" + stack).doubles();
            double[] weights = found.get("weight" + stack).doubles();
            double[] gradients = twin.get("dense" + stack).doubles();
            int size = weights.length / values.length;
            double[] wanted = new double[values.length];
            for (int i = 0; i < weights.length; i++) {
                wanted[i / size] += Math.abs(weights[i] * gradients[i]) / size;
            }
            double unit = largest(wanted);
            for (int place = 0; place < values.length; place++) {
                boolean collected = form.importance() == 2 || live(session, stack, place);
                assertThat(Math.abs(values[place] - (collected ? wanted[place] : 0)))
                        .as("%s, %s: importance of stack %d, %d", one, form, stack, place)
                        .isLessThanOrEqualTo(bound * unit);
            }
        }
    }

    private static boolean live(TinySession session, int stack, int place) {
        int parts = Site.parts(stack);
        int site = stack == 0 ? place % parts : 2 + stack;
        return session.session().live[place / parts * Site.values().length + site] == 1;
    }

    @Test
    void bfloat16StaysNearDoubleInLossAndGradients() {
        staysNearDouble(NumericMode.BF16_BMM, "cpu");
    }

    static void staysNearDouble(NumericMode mode, String device) {
        Case rough = new Case(mode, SITES.getFirst(), 4, 2, Gates.ALL);
        Case exact = new Case(NumericMode.FP64, SITES.getFirst(), 4, 2, Gates.ALL);
        try (TinySession session = new TinySession(rough, TinySession.adam(), null, device);
                TinySession plain = new TinySession(exact, TinySession.adam(), null)) {
            for (SessionProbe.Form form : FORMS) {
                TensorBundle found = session.probe().gradients(form, 0, BATCH, 0);
                TensorBundle twin = plain.probe().twin(0, BATCH, 0);
                double loss = twin.get("tally").doubles()[0];
                assertThat(Math.abs(found.get("tally").doubles()[0] - loss) / loss)
                        .as("loss of %s", mode.name())
                        .isLessThan(1e-2);
                assertThat(distance(found, twin))
                        .as("%s, %s", mode.name(), form)
                        .isLessThan(5e-2);
            }
        }
    }

    /// Relative Frobenius distance over everything that trains.
    private static double distance(TensorBundle found, TensorBundle twin) {
        double squares = 0;
        double all = 0;
        for (String name : twin.names()) {
            if (name.startsWith("dense") || name.equals("tally")) {
                continue;
            }
            double[] ours = found.get(name).doubles();
            double[] theirs = twin.get(name).doubles();
            for (int i = 0; i < theirs.length; i++) {
                squares += Math.pow(ours[i] - theirs[i], 2);
                all += theirs[i] * theirs[i];
            }
        }
        return Math.sqrt(squares / all);
    }

    /// A part's gradient is a bf16 product; the sum over parts is not. A batch is a power of two times a part, so that
    /// a
    /// part's gradient is that of the part alone but for the exponent.
    @Test
    void denseGradientsOfPartsAreSummedInTheMasterType() {
        int batch = 128;
        int part = 4;
        Case one = new Case(NumericMode.BF16_BMM, SITES.getFirst(), 2, 1, Gates.ALL);
        SessionProbe.Form parts = new SessionProbe.Form(true, 1, part);
        try (TinySession session = new TinySession(one, TinySession.adam(), null, "cpu", batch)) {
            TensorBundle whole = session.probe().gradients(parts, 0, batch, 0);
            List<TensorBundle> alone = new ArrayList<>();
            for (int from = 0; from < batch; from += part) {
                alone.add(session.probe().gradients(parts, from, part, 0));
            }

            for (String name : List.of("dense0", "dense1", "dense2", "dense3")) {
                double[] sum = new double[whole.get(name).doubles().length];
                for (TensorBundle each : alone) {
                    double[] values = each.get(name).doubles();
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += values[i] * part / batch;
                    }
                }
                double[] found = whole.get(name).doubles();
                double unit = largest(sum);
                for (int i = 0; i < sum.length; i++) {
                    assertThat(found[i]).as(name).isCloseTo(sum[i], within(1e-5 * unit));
                }
            }
        }
    }

    /// Rate 0 holds what has it, and the norm that clips is over both.
    @Test
    void fullFineTuningGivesTheHeadARateOfItsOwn() {
        OptimizerNumbers clipped = new OptimizerNumbers(2, 0, 0, 0, 0, 0.9, 1e-3);
        StepRates heads = new StepRates(0, 0, 0.1);
        StepRates both = new StepRates(0.1, 0, 0.1);
        double[] start = fullSteps(clipped, true, new StepRates(0, 0, 0), 1);
        double[] onlyHeads = fullSteps(clipped, true, heads, 1);
        double[] together = fullSteps(clipped, false, both, 1);
        int head = start.length - 4 * (TinyNetworks.WIDTH + 1);

        assertThat(Arrays.copyOf(onlyHeads, head)).isEqualTo(Arrays.copyOf(start, head));
        double[] headOnly = Arrays.copyOfRange(onlyHeads, head, start.length);
        assertThat(headOnly).isNotEqualTo(Arrays.copyOfRange(start, head, start.length));
        assertThat(headOnly).containsExactly(Arrays.copyOfRange(together, head, start.length), within(1e-12));
    }

    @Test
    void fullFineTuningInTwoGroupsOfOneRateIsThatInOne() {
        OptimizerNumbers adam = new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0.1, 0, 1);
        StepRates rates = new StepRates(0.01, 0, 0.01);

        assertThat(fullSteps(adam, true, rates, 3)).containsExactly(fullSteps(adam, false, rates, 3), within(1e-12));
    }

    /// What steps make of everything that trains; each is taken by a session that was restored from the one before.
    private static double[] fullSteps(OptimizerNumbers optimizer, boolean ownHeadRate, StepRates rates, int steps) {
        long[] labels = LongStream.range(0, BATCH).map(i -> i % 4).toArray();
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 17);
                Network network = new Network(
                        TestPrograms.RUNTIME,
                        backbone,
                        TinyNetworks.adapters(2),
                        4,
                        true,
                        NumericMode.FP64,
                        TinyNetworks.PLAIN_PIXELS,
                        5);
                ImagePixels images = TinyNetworks.images(network, BATCH, 4)) {
            SessionSetup setup = new SessionSetup(
                    images,
                    labels,
                    Set.of(Part.BACKBONE, Part.HEADS),
                    new ClassRange(0, 4),
                    optimizer,
                    List.of(),
                    null);
            TensorBundle saved = new TensorBundle();
            for (int step = 0; step < steps; step++) {
                try (FullSession session = new FullSession(network, setup, ownHeadRate)) {
                    session.order(LongStream.range(0, BATCH).toArray());
                    if (step > 0) {
                        session.restore(saved);
                    }
                    OneStep.of(session, 0, BATCH, 0, rates, false);
                    saved = Tensors.copy(session.save());
                }
            }
            return saved.get("value").doubles();
        }
    }

    @Test
    void fullFineTuningDifferentiatesTheSameNetwork() {
        // with momentum the first step leaves the gradient itself in the first moment
        OptimizerNumbers sgd = new OptimizerNumbers(2, 0, 0, 0, 0, 0.9, 0);
        long[] labels = LongStream.range(0, BATCH).map(i -> i % 4).toArray();
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 17);
                Network network = new Network(
                        TestPrograms.RUNTIME,
                        backbone,
                        TinyNetworks.adapters(2),
                        4,
                        true,
                        NumericMode.FP64,
                        TinyNetworks.PLAIN_PIXELS,
                        5);
                ImagePixels images = TinyNetworks.images(network, BATCH, 4)) {
            network.bank().grow(1);
            SessionSetup setup = new SessionSetup(
                    images, labels, Set.of(Part.DOWN, Part.UP, Part.HEADS), new ClassRange(0, 4), sgd, List.of(), null);
            TrainingView closed = TrainingView.plain(
                    AdapterView.NONE, SiteValues.all(network.shape().depth(), 0.5));
            try (AdapterSession adapters = new AdapterSession(network, closed, setup);
                    FullSession full = new FullSession(network, setup, false)) {
                adapters.order(LongStream.range(0, BATCH).toArray());
                full.order(LongStream.range(0, BATCH).toArray());
                TensorBundle twin = new SessionProbe(adapters).twin(0, BATCH, 0);
                OneStep.of(full, 0, BATCH, 0, new StepRates(0, 0, 0), false);
                List<double[]> parts = new ArrayList<>();
                for (String name : List.of("dense0", "dense1", "dense2", "dense3", "head.weight", "head.bias")) {
                    parts.add(twin.get(name).doubles());
                }
                double[] wanted = parts.stream().flatMapToDouble(Arrays::stream).toArray();
                double[] all = full.save().get("m").doubles();
                double[] found = Arrays.copyOfRange(all, all.length - wanted.length, all.length);

                double unit = largest(wanted);
                for (int i = 0; i < wanted.length; i++) {
                    assertThat(Math.abs(found[i] - wanted[i])).isLessThanOrEqualTo(1e-12 * unit);
                }
            }
        }
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }
}
