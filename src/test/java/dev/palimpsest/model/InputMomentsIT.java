package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Sums of x x^T against rows that the plain twin of the network hands out, added one product at a time.
@Tag("engine")
class InputMomentsIT {

    private static final int IMAGES = 5;
    private static final long[] ROWS = {4, 0, 2};

    private Backbone backbone;
    private Network network;
    private ImagePixels images;

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 9);
        network = TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(2, EnumSet.allOf(Site.class)),
                4,
                NumericMode.FP64);
        images = TinyNetworks.images(network, IMAGES, 4);
    }

    @AfterEach
    void close() {
        images.close();
        network.close();
        backbone.close();
    }

    private InputMoments moments(Set<Site> sites, long[]... batches) {
        InputMoments moments = new InputMoments(network, sites);
        try (Weights weights = network.compose(AdapterView.NONE)) {
            for (long[] rows : batches) {
                moments.add(images, rows, weights, 7);
            }
        }
        return moments;
    }

    /// The input rows of a stack in a block by the plain twin. Shape [rows, in].
    private double[][] rows(AdapterSite site) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                Tensor chosen = network.storage().ofHost(ROWS, ROWS.length)) {
            List<Tensor> inputs = TestPrograms.PROGRAM.callAll(
                    scope, "reference_inputs", images.tensors(), chosen, backbone.stacks(), network.frozen(), (long)
                            network.shape().heads());
            Tensor found = inputs.get(site.inputGroup());
            double[] values = found.doubles();
            int width = (int) found.shape()[1];
            return IntStream.range(0, values.length / width)
                    .mapToObj(i -> Arrays.copyOfRange(values, i * width, (i + 1) * width))
                    .toArray(double[][]::new);
        }
    }

    private static double[] mean(InputMoments moments, AdapterSite site) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return moments.mean(scope, site).doubles();
        }
    }

    @ParameterizedTest
    @EnumSource(Site.class)
    void aMomentIsThatOfEveryRowThatGoesIn(Site matrix) {
        try (InputMoments moments = moments(EnumSet.allOf(Site.class), ROWS)) {
            for (int block = 0; block < network.shape().depth(); block++) {
                AdapterSite site = new AdapterSite(block, matrix);
                double[][] rows = rows(site);
                int width = rows[0].length;
                double[] wanted = new double[width * width];
                for (double[] row : rows) {
                    for (int i = 0; i < width; i++) {
                        for (int j = 0; j < width; j++) {
                            wanted[i * width + j] += row[i] * row[j];
                        }
                    }
                }
                assertThat(moments.rows(site)).as("%s", site).isEqualTo(rows.length);
                double count = rows.length;
                assertThat(mean(moments, site))
                        .as("%s", site)
                        .containsExactly(
                                Arrays.stream(wanted).map(sum -> sum / count).toArray(), within(1e-10));
            }
        }
    }

    @Test
    void batchesAddUp() {
        AdapterSite site = new AdapterSite(0, Site.FC2);
        try (InputMoments whole = moments(Set.of(Site.FC2), ROWS);
                InputMoments parts = moments(Set.of(Site.FC2), new long[] {4}, new long[] {0, 2})) {
            assertThat(mean(parts, site)).containsExactly(mean(whole, site), within(1e-10));
            assertThat(parts.rows(site)).isEqualTo(whole.rows(site));
        }
    }

    /// The pass ends where the last input is known; what it adds is that of a whole pass, block for block.
    @ParameterizedTest
    @EnumSource(Site.class)
    void onlyAdaptedBlocksAreSummed(Site matrix) {
        try (Network narrow = TinyNetworks.network(
                        TestPrograms.RUNTIME,
                        backbone,
                        new AdapterSettings(2, Set.of(matrix), 1, 1),
                        4,
                        NumericMode.FP64);
                ImagePixels pictures = TinyNetworks.images(narrow, IMAGES, 4);
                InputMoments first = new InputMoments(narrow, Set.of(matrix));
                InputMoments whole = moments(EnumSet.allOf(Site.class), ROWS)) {
            try (Weights weights = narrow.compose(AdapterView.NONE)) {
                first.add(pictures, ROWS, weights, 7);
            }
            AdapterSite site = new AdapterSite(0, matrix);

            assertThat(mean(first, site)).isEqualTo(mean(whole, site));
            assertThat(InputMoments.bytes(network.shape(), Set.of(matrix), 1)).isEqualTo(8L * mean(first, site).length);
        }
    }

    @Test
    void aSumThatIsNotFiniteIsSeen() {
        try (Network broken = TinyNetworks.network(
                        TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(2, Set.of(Site.V)), 4, NumericMode.FP64);
                ImagePixels pictures = TinyNetworks.images(broken, IMAGES, 4);
                InputMoments moments = new InputMoments(broken, Set.of(Site.V));
                InputMoments sound = moments(Set.of(Site.V, Site.FC2), ROWS)) {
            broken.bank().grow(1);
            broken.bank().restore(filled(broken.bank().save(), 1e200), 1);
            try (Weights weights = broken.compose(broken.bank().all())) {
                moments.add(pictures, ROWS, weights, 7);
            }

            assertThatCode(sound::requireFinite).doesNotThrowAnyException();
            assertThatExceptionOfType(NonFiniteException.class)
                    .isThrownBy(moments::requireFinite)
                    .withMessageContaining("inputs of the adapted matrices");
        }
    }

    private static TensorBundle filled(TensorBundle like, double value) {
        TensorBundle result = new TensorBundle();
        for (String name : like.names()) {
            long[] shape = like.get(name).shape();
            double[] values = new double[(int) (shape[0] * shape[1])];
            Arrays.fill(values, value);
            result.put(name, HostTensor.ofDoubles(values, shape));
        }
        return result;
    }

    @Test
    void whatWasNotAskedForIsRefused() {
        try (InputMoments moments = moments(Set.of(Site.V), ROWS)) {
            assertThat(mean(moments, new AdapterSite(1, Site.K))).isEqualTo(mean(moments, new AdapterSite(1, Site.V)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mean(moments, new AdapterSite(1, Site.OUT)))
                    .withMessageContaining("out");
        }
    }
}
