package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Nearest class mean on domains that share their classes, of different sizes.
@Tag("engine")
class MeansOverDomainsIT {

    private static final int[] IMAGES = {7, 1, 12};

    private static double[] rows(int domain, int position, int width) {
        return new Random(10L * domain + position)
                .doubles((long) IMAGES[domain] * width, domain, domain + 3.0)
                .toArray();
    }

    private static RecordingTask domain(SmallRun run, int domain) {
        int width = run.network().shape().width();
        List<ClassFeatures> classes = List.of(
                new ClassFeatures(0, rows(domain, 0, width), IMAGES[domain], width),
                new ClassFeatures(
                        1,
                        domain == 1 ? new double[0] : rows(domain, 1, width),
                        domain == 1 ? 0 : IMAGES[domain],
                        width));
        return new RecordingTask(run.network(), run.tasks().getFirst(), List.of(), classes);
    }

    /// Weight row and bias of a class, from all its images at once.
    private static double[] expected(int position, int width) {
        double[] mean = new double[width];
        int count = 0;
        for (int domain = 0; domain < IMAGES.length; domain++) {
            if (position == 0 || domain != 1) {
                double[] rows = rows(domain, position, width);
                for (int i = 0; i < rows.length; i++) {
                    mean[i % width] += rows[i];
                }
                count += IMAGES[domain];
            }
        }
        int images = count;
        double[] means = Arrays.stream(mean).map(sum -> sum / images).toArray();
        double squares = Arrays.stream(means).map(value -> value * value).sum();
        return DoubleStream.concat(Arrays.stream(means).map(value -> 2 * value), DoubleStream.of(-squares))
                .toArray();
    }

    private static double[] found(Network network, int position) {
        double[][] head = SamplesProbe.head(network);
        int width = network.shape().width();
        return DoubleStream.concat(
                        Arrays.stream(head[0], position * width, (position + 1) * width),
                        DoubleStream.of(head[1][position]))
                .toArray();
    }

    @Test
    void aMeanIsThatOfTheImagesOfAllDomains() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()))) {
            int width = run.network().shape().width();
            for (int domain = 0; domain < IMAGES.length; domain++) {
                run.method().afterTask(domain(run, domain));
            }

            for (int position = 0; position < 2; position++) {
                double[] expected = expected(position, width);
                double[] found = found(run.network(), position);
                for (int d = 0; d <= width; d++) {
                    assertThat(found[d])
                            .as("class %d, %d", position, d)
                            .isCloseTo(expected[d], within(1e-6 * Math.abs(expected[d])));
                }
            }
        }
    }

    @Test
    void aRunThatGoesOnFromACheckpointGetsTheSameBits() {
        try (SmallRun whole = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()));
                SmallRun half = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()));
                SmallRun rest = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()))) {
            for (int domain = 0; domain < IMAGES.length; domain++) {
                whole.method().afterTask(domain(whole, domain));
            }
            half.method().afterTask(domain(half, 0));
            half.method().afterTask(domain(half, 1));
            TensorBundle saved = half.method().save();
            rest.method().restore(saved, rest.network(), rest.tasks().subList(0, 1));
            rest.method().afterTask(domain(rest, 2));

            for (int position = 0; position < 2; position++) {
                assertThat(found(rest.network(), position)).isEqualTo(found(whole.network(), position));
            }
        }
    }
}
