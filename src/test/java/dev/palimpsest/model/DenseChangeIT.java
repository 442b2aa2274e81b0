package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A change that is no sum of adapters, in a view.
@Tag("engine")
class DenseChangeIT {

    private static final int IMAGES = 5;
    private static final int SEED = 9;

    /// Adapters at two matrices of which one has a dense change as well.
    private static Network network(Backbone backbone, NumericMode mode) {
        Network network = TinyNetworks.network(
                TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(2, EnumSet.of(Site.K, Site.FC2)), 4, mode);
        network.bank().grow(1);
        TensorBundle drawn = new TensorBundle();
        TensorBundle bank = network.bank().save();
        Random random = new Random(5);
        for (String name : bank.names()) {
            long[] shape = bank.get(name).shape();
            double[] values = random.doubles(shape[0] * shape[1], -0.5, 0.5).toArray();
            drawn.put(name, HostTensor.ofDoubles(values, shape));
        }
        network.bank().restore(drawn, 1);
        return network;
    }

    private static AdapterView view(Network network, @Nullable DenseChange dense) {
        return new AdapterView(network.bank().all().coefficients(), dense);
    }

    private static double[] features(Network network, AdapterView view) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                ImagePixels images = TinyNetworks.images(network, IMAGES, 4);
                Weights weights = network.compose(view)) {
            long[] rows = LongStream.range(0, IMAGES).toArray();
            return network.features(scope, images, rows, weights, network.chunk())
                    .doubles();
        }
    }

    /// A backbone whose file already has the change.
    private static Backbone changed(DenseChange change) {
        TensorBundle weights = TinyNetworks.weights(SEED);
        TensorBundle result = new TensorBundle();
        List<String> stacks = List.of("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2");
        for (String name : weights.names()) {
            float[] values = weights.get(name).floats().clone();
            for (AdapterSite site : change.sites()) {
                if (name.equals("blocks.%d.%s.weight"
                        .formatted(site.block(), stacks.get(site.matrix().stack())))) {
                    double[] delta = Objects.requireNonNull(change.at(site)).doubles();
                    int from = site.matrix().part() * delta.length;
                    for (int i = 0; i < delta.length; i++) {
                        values[from + i] += (float) delta[i];
                    }
                }
            }
            result.put(name, HostTensor.ofFloats(values, weights.get(name).shape()));
        }
        return TinyNetworks.load(TestPrograms.RUNTIME, result, 4, TinyNetworks.SIDE, ElementType.FLOAT32);
    }

    private static void assertNear(double[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("feature %d", i).isCloseTo(expected[i], within(2e-4));
        }
    }

    @Test
    void aChangeAloneIsTheNetworkWhoseWeightsHaveIt() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.FP32);
                DenseChange change = TinyNetworks.change(network, 1);
                Backbone other = changed(change);
                Network expected = network(other, NumericMode.FP32)) {
            double[] features = features(network, new AdapterView(List.of(), change));

            assertThat(features)
                    .isEqualTo(features(expected, AdapterView.NONE))
                    .isNotEqualTo(features(network, AdapterView.NONE));
        }
    }

    @Test
    void aChangeStandsBesideAdapters() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.FP32);
                DenseChange change = TinyNetworks.change(network, 1);
                Backbone other = changed(change);
                Network expected = network(other, NumericMode.FP32)) {
            assertNear(features(network, view(network, change)), features(expected, view(expected, null)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theChangeIsAddedBeforeWeightsAreRounded(boolean adapters) {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.BF16_BMM);
                DenseChange change = TinyNetworks.change(network, 1)) {
            AdapterView view = adapters ? view(network, change) : new AdapterView(List.of(), change);

            try (Weights rounded = network.compose(view)) {
                List<Tensor> master = network.fold(view);
                for (int stack = 0; stack < Site.STACKS; stack++) {
                    try (Tensor cast = network.storage().cast(master.get(stack), ElementType.BFLOAT16);
                            Tensor wide = network.storage().cast(cast, ElementType.FLOAT32);
                            Tensor composed =
                                    network.storage().cast(rounded.stacks().get(stack), ElementType.FLOAT32)) {
                        assertThat(composed.doubles()).isEqualTo(wide.doubles());
                    }
                }
                master.forEach(Tensor::close);
            }
        }
    }

    @Test
    void theBackboneStaysAsItIs() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.FP32);
                DenseChange change = TinyNetworks.change(network, 1)) {
            double[] before = features(network, AdapterView.NONE);

            features(network, new AdapterView(List.of(), change));
            features(network, view(network, change));

            assertThat(features(network, AdapterView.NONE)).isEqualTo(before);
        }
    }

    @Test
    void whatTheBankKeepsIsSavedAndRestoredWithTheAdapters() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.FP32);
                Network restored = network(backbone, NumericMode.FP32)) {
            network.bank().keep(TinyNetworks.change(network, 1));
            TensorBundle saved = Tensors.copy(network.bank().save());

            restored.bank().restore(saved, 1);

            assertThat(saved.names()).contains("blocks.0.q.delta", "blocks.1.fc2.delta");
            assertThat(Objects.requireNonNull(restored.bank().dense()).sites())
                    .isEqualTo(Objects.requireNonNull(network.bank().dense()).sites());
            assertThat(features(restored, view(restored, restored.bank().dense())))
                    .isEqualTo(features(network, view(network, network.bank().dense())));
            restored.bank().restore(adaptersAlone(saved), 1);
            assertThat(restored.bank().dense()).isNull();
        }
    }

    /// What was saved without the change.
    private static TensorBundle adaptersAlone(TensorBundle saved) {
        TensorBundle adapters = new TensorBundle();
        saved.names().stream()
                .filter(name -> !name.endsWith(".delta"))
                .forEach(name -> adapters.put(name, saved.get(name)));
        return adapters;
    }

    @Test
    void aViewIsTheBackboneAloneOnlyWithoutAChange() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, SEED);
                Network network = network(backbone, NumericMode.FP32);
                DenseChange change = TinyNetworks.change(network, 1)) {
            assertThat(new AdapterView(List.of()).empty()).isTrue();
            assertThat(new AdapterView(List.of(), change).empty()).isFalse();
        }
    }
}
