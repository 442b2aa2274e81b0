package dev.palimpsest.bench;

import dev.palimpsest.compare.Arm;
import dev.palimpsest.compare.ArmComparison;
import dev.palimpsest.compare.Verdict;
import dev.palimpsest.metrics.MetricDefinition.Better;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/// How often studies get a verdict that is wrong: arms that are alike but for noise and are called different, and
/// arms that differ by exactly the margin and are called equivalent.
///
/// ```
/// mvn -Pbench compile exec:exec -Dbench=NullStudies -Dbench.arguments="1000"
/// ```
final class NullStudies {

    private static final double MARGIN = 1;

    /// What the values of a seed have beside the mean of their arm.
    private enum Noise {
        NORMAL,
        /// A long tail to one side, as accuracies near their upper end have.
        SKEWED;

        double draw(SplittableRandom random) {
            return switch (this) {
                case NORMAL -> random.nextGaussian();
                case SKEWED -> -random.nextExponential();
            };
        }
    }

    private NullStudies() {}

    public static void main(String[] arguments) {
        int studies = arguments.length == 0 ? 1000 : Integer.parseInt(arguments[0]);
        System.out.printf(
                "%d studies each%nnoise   arms  seeds  alike, called different  at the margin, called equivalent%n",
                studies);
        for (Noise noise : Noise.values()) {
            for (int arms : new int[] {2, 3, 5}) {
                for (int seeds : new int[] {3, 5, 8, 10}) {
                    System.out.printf(
                            Locale.ROOT,
                            "%-7s %4d  %5d  %20.1f %%  %30.1f %%%n",
                            noise.name().toLowerCase(Locale.ROOT),
                            arms,
                            seeds,
                            share(studies, arms, seeds, 0, noise),
                            share(studies, arms, seeds, MARGIN, noise));
                }
            }
        }
    }

    /// Percent of the studies with a wrong verdict on any pair.
    ///
    /// @param apart by how much the last arm truly differs from all others; 0 or the margin
    private static double share(int studies, int arms, int seeds, double apart, Noise noise) {
        var random = new SplittableRandom(7L * arms + seeds);
        int wrong = 0;
        for (int study = 0; study < studies; study++) {
            List<Arm> drawn = arms(random, arms, seeds, apart, noise);
            boolean found = ArmComparison.of(drawn, Better.HIGHER, apart == 0 ? null : MARGIN).stream()
                    .filter(pair -> apart == 0 || pair.b() == arms - 1)
                    .map(pair -> pair.verdict().kind())
                    .anyMatch(kind -> apart == 0 ? kind != Verdict.Kind.UNDECIDED : kind == Verdict.Kind.EQUIVALENT);
            wrong += found ? 1 : 0;
        }
        return 100.0 * wrong / studies;
    }

    private static List<Arm> arms(SplittableRandom random, int arms, int seeds, double apart, Noise noise) {
        double[] shared = random.doubles(seeds, 70, 90).toArray();
        var drawn = new ArrayList<Arm>();
        for (int arm = 0; arm < arms; arm++) {
            Map<Long, Double> values = new HashMap<>();
            for (int seed = 0; seed < seeds; seed++) {
                values.put((long) seed, shared[seed] + (arm == arms - 1 ? apart : 0) + noise.draw(random));
            }
            drawn.add(new Arm("arm " + arm, values));
        }
        return drawn;
    }
}
