package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TinySession.Case;
import dev.palimpsest.model.TinySession.Gates;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The fused optimisers against a few lines of Java, with a rate for each group.
@Tag("engine")
class OptimizerIT {

    private static final int BATCH = 4;
    private static final int STEPS = 3;
    private static final StepRates RATES = new StepRates(0.01, 0.002, 0.03);
    private static final Set<Site> ALL = EnumSet.allOf(Site.class);

    @TestFactory
    Stream<DynamicTest> everyOptimiserIsItsFormula() {
        return Stream.of(
                        new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 0),
                        new OptimizerNumbers(0, 0.8, 0.99, 1e-2, 0, 0, 0.5), // a large epsilon shows its place
                        new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0.1, 0, 1),
                        new OptimizerNumbers(1, 0.9, 0.999, 1e-8, 0.1, 0, 1),
                        new OptimizerNumbers(1, 0.9, 0.999, 1e-2, 0.1, 0, 1e6), // a bound that is not reached
                        new OptimizerNumbers(2, 0, 0, 0, 0, 0, 0),
                        new OptimizerNumbers(2, 0, 0, 0, 0.05, 0.9, 0.5))
                .map(numbers -> DynamicTest.dynamicTest(numbers.toString(), () -> compare(numbers)));
    }

    private static void compare(OptimizerNumbers numbers) {
        Case one = new Case(NumericMode.FP64, ALL, 2, 2, Gates.SOME);
        try (TinySession session = new TinySession(one, numbers, null)) {
            TensorBundle start = session.session().save();
            Group[] groups = IntStream.range(0, 3)
                    .mapToObj(k -> new Group(
                            start.get("group%d.value".formatted(k)).doubles().clone()))
                    .toArray(Group[]::new);
            double[] rates = {RATES.adapters(), RATES.pastCoefficients(), RATES.heads()};
            for (int t = 1; t <= STEPS; t++) {
                int position = (t - 1) * BATCH;
                session.probe().gradients(new SessionProbe.Form(false, 0), position, BATCH, 0);
                double[][] gradients = IntStream.range(0, 3)
                        .mapToObj(session.probe()::flatGradient)
                        .toArray(double[][]::new);
                double norm = Math.sqrt(Arrays.stream(gradients)
                        .flatMapToDouble(Arrays::stream)
                        .map(g -> g * g)
                        .sum());
                double factor = numbers.clip() == 0 ? 1 : Math.min(1, numbers.clip() / (norm + 1e-6));

                StepTally tally = OneStep.of(session.session(), position, BATCH, 0, RATES, false);

                assertThat(tally.gradientNorm()).isCloseTo(norm, within(1e-11));
                TensorBundle now = session.session().save();
                for (int k = 0; k < groups.length; k++) {
                    groups[k].step(numbers, gradients[k], factor, rates[k], t);
                    assertClose(now.get("group%d.value".formatted(k)).doubles(), groups[k].value, k, t);
                }
            }
        }
    }

    /// A device takes several steps by one call.
    @Test
    void stepsOfOneCallAreThoseOfSeveral() {
        Case one = new Case(NumericMode.FP32, EnumSet.allOf(Site.class), 2, 1, Gates.ALL);
        int images = TinySession.IMAGES;
        try (TinySession together = new TinySession(one, TinySession.adam(), null);
                TinySession alone = new TinySession(one, TinySession.adam(), null)) {
            List<StepTally> tallies = together.session().steps(0, 5, images, new long[] {1, 2, 3}, RATES, false);

            assertThat(tallies)
                    .containsExactly(
                            OneStep.of(alone.session(), 0, 5, 1, RATES, false),
                            OneStep.of(alone.session(), 5, 5, 2, RATES, false),
                            OneStep.of(alone.session(), 10, images - 10, 3, RATES, false));
            for (int k = 0; k < 3; k++) {
                String name = "group%d.value".formatted(k);
                assertThat(together.session().save().get(name).doubles())
                        .isEqualTo(alone.session().save().get(name).doubles());
            }
        }
    }

    private static void assertClose(double[] found, double[] wanted, int group, int step) {
        for (int i = 0; i < wanted.length; i++) {
            assertThat(Math.abs(found[i] - wanted[i]))
                    .as("group %d, entry %d, step %d", group, i, step)
                    .isLessThanOrEqualTo(1e-12);
        }
    }

    /// One group in double: epsilon is added to the bias-corrected root; Adam's decay goes into the gradient, AdamW's
    /// does not.
    private static final class Group {

        private final double[] value;
        private final double[] m;
        private final double[] v;

        Group(double[] value) {
            this.value = value;
            this.m = new double[value.length];
            this.v = new double[value.length];
        }

        void step(OptimizerNumbers o, double[] gradient, double factor, double rate, int t) {
            for (int i = 0; i < value.length; i++) {
                double g = gradient[i] * factor + (o.kind() == 1 ? 0 : o.weightDecay() * value[i]);
                if (o.kind() == 2) {
                    m[i] = o.momentum() * m[i] + g;
                    value[i] -= rate * m[i];
                    continue;
                }
                value[i] -= o.kind() == 1 ? rate * o.weightDecay() * value[i] : 0;
                m[i] = o.beta1() * m[i] + (1 - o.beta1()) * g;
                v[i] = o.beta2() * v[i] + (1 - o.beta2()) * g * g;
                double root = Math.sqrt(v[i] / (1 - Math.pow(o.beta2(), t))) + o.epsilon();
                value[i] -= rate * m[i] / (1 - Math.pow(o.beta1(), t)) / root;
            }
        }
    }

    @Test
    void aLossThatIsNotFiniteChangesNoTensor() {
        for (NumericMode mode : List.of(NumericMode.FP64, NumericMode.FP32, NumericMode.BF16_BMM)) {
            for (int kind = 0; kind < 3; kind++) {
                Case one = new Case(mode, ALL, 2, 1, Gates.ALL);
                OptimizerNumbers numbers = new OptimizerNumbers(kind, 0.9, 0.999, 1e-8, 0.1, 0.9, 1);
                try (TinySession session = new TinySession(one, numbers, new ImportanceCollection(0.85, 0.85, true))) {
                    OneStep.of(session.session(), 0, BATCH, 0, RATES, true);
                    lastNorm(session.session(), Double.POSITIVE_INFINITY);
                    TensorBundle before = Tensors.copy(session.session().save());

                    assertThat(OneStep.of(session.session(), 0, BATCH, 0, RATES, true)
                                    .nonFinite())
                            .isTrue();
                    lastNorm(session.session(), 0);
                    assertThat(OneStep.of(session.session(), BATCH, BATCH, 0, RATES, true)
                                    .nonFinite())
                            .as("a failure stays until it is read")
                            .isTrue();

                    assertSame(session.session().save(), before, mode + ", kind " + kind);
                }
            }
        }
    }

    /// With adapters behind no softmax, an activation of 1e28 makes a norm's variance infinite and its output
    /// constant: the loss stays finite, at chance level.
    @Test
    void weightsTooLargeToComputeWithAreAFailureThoughTheLossIsFinite() {
        StepRates tooHigh = new StepRates(1e30, 0, 0.01);
        for (NumericMode mode : List.of(NumericMode.FP32, NumericMode.BF16_BMM)) {
            Case one = new Case(mode, EnumSet.of(Site.FC2), 2, 0, Gates.ALL);
            try (TinySession session = new TinySession(one, new OptimizerNumbers(2, 0, 0, 0, 0, 0, 0), null)) {
                StepTally tally = OneStep.of(session.session(), 0, BATCH, 0, tooHigh, false);

                assertThat(tally.nonFinite()).as("%s: %s", mode, tally).isTrue();
                assertThat(tally.loss()).isFinite();
                assertThat(OneStep.of(session.session(), BATCH, BATCH, 0, RATES, false)
                                .nonFinite())
                        .as("a failure stays until it is read")
                        .isTrue();
            }
        }
    }

    /// Writes into the bias of the last norm, which no step changes.
    private static void lastNorm(AdapterSession session, double value) {
        Tensor bias = session.state.list("frozen").getLast();
        double[] values = bias.doubles();
        Arrays.fill(values, value);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            TestPrograms.PROGRAM.run("fill", bias, scope.doubles(values, bias.shape()));
        }
    }

    private static void assertSame(TensorBundle now, TensorBundle before, String what) {
        for (String name : before.names()) {
            assertThat(now.get(name).doubles())
                    .as("%s: %s", what, name)
                    .isEqualTo(before.get(name).doubles());
        }
    }
}
