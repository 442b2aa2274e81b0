package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
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

    @ParameterizedTest
    @EnumSource(Site.class)
    void aSumIsThatOfEveryRowThatGoesIn(Site matrix) {
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
                assertThat(moments.sum(site)).as("%s", site).containsExactly(wanted, within(1e-9));
            }
        }
    }

    @Test
    void batchesAddUp() {
        AdapterSite site = new AdapterSite(0, Site.FC2);
        try (InputMoments whole = moments(Set.of(Site.FC2), ROWS);
                InputMoments parts = moments(Set.of(Site.FC2), new long[] {4}, new long[] {0, 2})) {
            assertThat(parts.sum(site)).containsExactly(whole.sum(site), within(1e-9));
            assertThat(parts.rows(site)).isEqualTo(whole.rows(site));
        }
    }

    @Test
    void whatWasNotAskedForIsRefused() {
        try (InputMoments moments = moments(Set.of(Site.V), ROWS)) {
            assertThat(moments.sum(new AdapterSite(1, Site.K))).isEqualTo(moments.sum(new AdapterSite(1, Site.V)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> moments.sum(new AdapterSite(1, Site.OUT)))
                    .withMessageContaining("out");
        }
    }
}
