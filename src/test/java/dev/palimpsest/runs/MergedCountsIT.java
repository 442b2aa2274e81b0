package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.HeapPictures;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// What a merge over HTTP counts, against weights and decisions that are computed from the downloaded files by hand.
@ServiceTest
@Tag("engine")
class MergedCountsIT {

    private static final int SIDE = 32;
    private static final int WIDTH = 32;
    private static final int CLASSES_A_SOURCE = 2;
    private static final Map<String, Integer> PARTS = Map.of("q", 0, "v", 2);
    private static final String INPUT = ", \"input\": {\"profile\": \"inflora\"}";

    /// What `inflora` does with small pictures in an evaluation.
    private static final PixelRecipe PIXELS = new PixelRecipe(
            false, 1, 1, false, false, 0, 1, SIDE, false, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    @LocalServerPort
    int port;

    @Autowired
    TorchRuntime runtime;

    @TempDir
    Path folder = Path.of("");

    private Api api = new Api(0);
    private MergeSources sources;

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        sources = new MergeSources(api);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    @Test
    void aWeightedSumOfTwoModels() throws Exception {
        compare(
                List.of(1.0, 0.5),
                "{\"rule\": \"sum\", \"coefficient\": 2}",
                changes -> entries(changes, each -> 2 * (each[0] + each[1])));
    }

    @Test
    void theLargestEntriesOfTwoModels() throws Exception {
        compare(
                List.of(1.0, 1.0),
                "{\"rule\": \"max_magnitude\", \"coefficient\": 3}",
                changes -> entries(changes, each -> 3 * (Math.abs(each[1]) >= Math.abs(each[0]) ? each[1] : each[0])));
    }

    @Test
    void tiesOfTwoModels() throws Exception {
        compare(
                List.of(1.0, 1.0),
                "{\"rule\": \"ties\", \"keep_fraction\": 0.5, \"coefficient\": 4}",
                changes -> entries(changes.stream().map(MergedCountsIT::larger).toList(), each -> {
                    double sum = each[0] + each[1];
                    double kept =
                            Arrays.stream(each).filter(one -> one * sum > 0).sum();
                    long count =
                            Arrays.stream(each).filter(one -> one * sum > 0).count();
                    return 4 * kept / Math.max(1, count);
                }));
    }

    private static double[] larger(double[] change) {
        double[] sorted = Arrays.stream(change).map(Math::abs).sorted().toArray();
        double least = sorted[change.length - change.length / 2];
        return Arrays.stream(change)
                .map(one -> Math.abs(one) >= least ? one : 0)
                .toArray();
    }

    private static double[] entries(List<double[]> changes, Function<double[], Double> rule) {
        return IntStream.range(0, changes.getFirst().length)
                .mapToDouble(i -> rule.apply(new double[] {changes.get(0)[i], changes.get(1)[i]}))
                .toArray();
    }

    private void compare(List<Double> weights, String rule, Function<List<double[]>, double[]> byHand)
            throws Exception {
        List<String> checkpoints =
                List.of(sources.part(MergeSources.LORA, 0, INPUT), sources.part(MergeSources.LORA, 2, INPUT));
        JsonNode asked = api.post("/merges", Api.json("""
                        {"sources": [{"checkpoint_id": "%s", "weight": %s}, {"checkpoint_id": "%s", "weight": %s}],
                         "merge": %s}""".formatted(
                                checkpoints.get(0), weights.get(0), checkpoints.get(1), weights.get(1), rule)))
                .body();
        JsonNode merge =
                api.awaitStatus("/merges/" + asked.path("id").stringValue(""), Set.of("succeeded"), MergeSources.SOON);
        JsonNode evaluation = sources.evaluation(merge.path("checkpoint_id").stringValue(""));

        List<Integer> counted = counts(checkpoints, weights, byHand);

        assertThat(merge.path("correct").toString())
                .isEqualTo(counted.toString().replace(" ", ""));
        assertThat(evaluation.path("correct")).isEqualTo(merge.path("correct"));
        assertThat(merge.path("test_images").toString()).isEqualTo("[10,10]");
    }

    private List<Integer> counts(
            List<String> checkpoints, List<Double> weights, Function<List<double[]>, double[]> byHand)
            throws Exception {
        List<TensorBundle> adapters = new ArrayList<>();
        List<TensorBundle> heads = new ArrayList<>();
        List<JsonNode> manifests = new ArrayList<>();
        for (String checkpoint : checkpoints) {
            adapters.add(file(checkpoint, "adapters"));
            heads.add(file(checkpoint, "heads"));
            manifests.add(api.get("/checkpoints/" + checkpoint + "/files/manifest.json")
                    .body());
        }
        TensorBundle weightsByHand = new TensorBundle();
        TensorBundle backbone = TinyInputs.bundle(MergeSources.BACKBONE_SEED);
        for (String name : backbone.names()) {
            float[] values = backbone.get(name).floats().clone();
            for (Map.Entry<String, Integer> site : PARTS.entrySet()) {
                for (int block = 0; block < 2; block++) {
                    if (name.equals("blocks.%d.attn.qkv.weight".formatted(block))) {
                        List<double[]> changes = new ArrayList<>();
                        for (int s = 0; s < checkpoints.size(); s++) {
                            double coefficient = manifests
                                    .get(s)
                                    .at("/model/inference/snapshots/0/adapters/0/coefficients/%s/%d"
                                            .formatted(site.getKey(), block))
                                    .doubleValue();
                            changes.add(change(
                                    adapters.get(s),
                                    "blocks.%d.%s".formatted(block, site.getKey()),
                                    weights.get(s) * coefficient));
                        }
                        double[] merged = byHand.apply(changes);
                        for (int i = 0; i < merged.length; i++) {
                            values[site.getValue() * merged.length + i] += (float) merged[i];
                        }
                    }
                }
            }
            weightsByHand.put(
                    name, HostTensor.ofFloats(values, backbone.get(name).shape()));
        }
        int attentionHeads = manifests.getFirst().at("/model/network/heads").intValue();
        return decide(features(weightsByHand, attentionHeads), heads);
    }

    private TensorBundle file(String checkpoint, String name) throws Exception {
        Path file = folder.resolve(checkpoint + name + ".safetensors");
        try (HttpClient http = HttpClient.newHttpClient()) {
            http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/api/v1/checkpoints/%s/files/%s.safetensors"
                                    .formatted(port, checkpoint, name)))
                            .build(),
                    HttpResponse.BodyHandlers.ofFile(file));
        }
        return Tensors.read(file);
    }

    /// factor · up · down.
    private static double[] change(TensorBundle adapters, String place, double factor) {
        HostTensor down = adapters.get(place + ".down.task1");
        HostTensor up = adapters.get(place + ".up.task1");
        int rank = (int) down.shape()[0];
        double[] a = down.doubles();
        double[] b = up.doubles();
        double[] product = new double[WIDTH * WIDTH];
        for (int out = 0; out < WIDTH; out++) {
            for (int in = 0; in < WIDTH; in++) {
                for (int r = 0; r < rank; r++) {
                    product[out * WIDTH + in] += factor * b[out * rank + r] * a[r * WIDTH + in];
                }
            }
        }
        return product;
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Seen(double[][] features, int[] labels) {}

    private Seen features(TensorBundle weights, int attentionHeads) {
        try (Dataset dataset = MergeSources.SPEC.open();
                Backbone backbone = TinyNetworks.load(runtime, weights, attentionHeads, SIDE, ElementType.FLOAT32);
                Network network = new Network(
                        runtime,
                        backbone,
                        new AdapterSettings(1, Set.of(), 0, 1),
                        1,
                        false,
                        NumericMode.FP32,
                        PIXELS,
                        ClassifierHeads.Start.NORMAL,
                        0)) {
            int count = dataset.test().size();
            byte[] bytes = new byte[count * 3 * SIDE * SIDE];
            int[] labels = new int[count];
            for (int i = 0; i < count; i++) {
                byte[] image = dataset.test().image(i).pixels();
                System.arraycopy(image, 0, bytes, i * image.length, image.length);
                labels[i] = dataset.test().label(i);
            }
            double[][] features = new double[count][];
            try (ImagePixels images = HeapPictures.uniform(network, bytes, count, SIDE, SIDE);
                    Weights composed = network.compose(AdapterView.NONE)) {
                for (int from = 0; from < count; from += network.chunk()) {
                    int end = Math.min(count, from + network.chunk());
                    try (TensorScope scope = new TensorScope(runtime)) {
                        double[] rows = network.features(
                                        scope,
                                        images,
                                        LongStream.range(from, end).toArray(),
                                        composed,
                                        network.chunk())
                                .doubles();
                        for (int i = from; i < end; i++) {
                            features[i] = Arrays.copyOfRange(rows, (i - from) * WIDTH, (i - from + 1) * WIDTH);
                        }
                    }
                }
            }
            return new Seen(features, labels);
        }
    }

    /// How many images of each source's classes have the highest score at their class, among the classes of both.
    private static List<Integer> decide(Seen seen, List<TensorBundle> heads) {
        List<Integer> right = new ArrayList<>(List.of(0, 0));
        int classes = heads.size() * CLASSES_A_SOURCE;
        for (int image = 0; image < seen.labels().length; image++) {
            int label = seen.labels()[image];
            if (label < classes) {
                double[] scores = new double[classes];
                for (int c = 0; c < classes; c++) {
                    TensorBundle head = heads.get(c / CLASSES_A_SOURCE);
                    int row = c % CLASSES_A_SOURCE;
                    scores[c] = head.get("task1.bias").doubles()[row];
                    for (int d = 0; d < WIDTH; d++) {
                        scores[c] += seen.features()[image][d]
                                * head.get("task1.weight").doubles()[row * WIDTH + d];
                    }
                }
                int best = IntStream.range(0, classes)
                        .reduce((a, b) -> scores[b] > scores[a] ? b : a)
                        .orElseThrow();
                int task = label / CLASSES_A_SOURCE;
                right.set(task, right.get(task) + (best == label ? 1 : 0));
            }
        }
        return right;
    }
}
