package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.Api.Part;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// Backbones by path and as uploads, good and refused.
@ServiceTest
@Tag("web")
class WeightsIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Path HOME = Path.of("target/test-home");
    private static final Path ROOT = HOME.resolve("import");

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() {
        api = new Api(port);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    @Test
    void weightsAreCopiedUnderTheirDigestAndReady() throws IOException {
        place("tiny.safetensors", TinyInputs.weights(1));

        Answer first = api.post(
                "/backbones", Api.json("{\"id\": \"tiny\", \"location\": \"tiny.safetensors\", \"heads\": 2}"));
        JsonNode ready = api.awaitStatus("/backbones/tiny", Set.of("ready"), SOON);

        assertThat(first.status()).as(first.details()).isEqualTo(202);
        assertThat(ready.path("depth").intValue()).isEqualTo(2);
        assertThat(ready.path("heads").intValue()).isEqualTo(2);
        assertThat(ready.path("image_size").intValue()).isEqualTo(32);
        assertThat(HOME.resolve("backbones").resolve(ready.path("sha256").stringValue("") + ".safetensors"))
                .hasBinaryContent(TinyInputs.weights(1));
    }

    @Test
    void uploadedWeightsBecomeReadyToo() {
        Answer first = api.upload(
                "/backbones",
                List.of(
                        Part.json("backbone", Api.json("{\"id\": \"uploaded_vit\"}")),
                        Part.file(TinyInputs.weights(2))));

        assertThat(first.status()).as(first.details()).isEqualTo(202);
        api.awaitStatus("/backbones/uploaded_vit", Set.of("ready"), SOON);
    }

    @Test
    void everyFaultyTensorIsAFaultOfItsOwn() throws IOException {
        TensorBundle good = TinyInputs.bundle(3);
        TensorBundle faulty = new TensorBundle();
        for (String name : good.names()) {
            switch (name) {
                case "blocks.1.mlp.fc2.bias" -> {}
                case "norm.weight" -> faulty.put(name, TinyInputs.random(new Random(1), 31));
                default -> faulty.put(name, good.get(name));
            }
        }
        faulty.put("blocks.0.attn.extra", TinyInputs.random(new Random(2), 2));
        place("faulty.safetensors", TinyInputs.file(faulty));

        Answer refused = api.post("/backbones", Api.json("{\"id\": \"faulty\", \"location\": \"faulty.safetensors\"}"));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.codes()).hasSize(3).containsOnly("invalid_weights location");
        assertThat(refused.details())
                .contains("blocks.1.mlp.fc2.bias is missing", "norm.weight has shape [31]", "blocks.0.attn.extra");
        assertThat(api.get("/backbones/faulty").status()).isEqualTo(404);
    }

    @Test
    void weightsThatAreNotFiniteAreRefusedByName() throws IOException {
        TensorBundle good = TinyInputs.bundle(6);
        TensorBundle few = new TensorBundle();
        TensorBundle all = new TensorBundle();
        for (String name : good.names()) {
            float[] values = good.get(name).floats().clone();
            values[values.length - 1] = Float.NaN;
            HostTensor bad = HostTensor.ofFloats(values, good.get(name).shape());
            all.put(name, bad);
            few.put(name, name.equals("blocks.1.mlp.fc2.weight") ? bad : good.get(name));
        }
        place("few_nan.safetensors", TinyInputs.file(few));

        Answer one = api.post("/backbones", Api.json("{\"id\": \"few_nan\", \"location\": \"few_nan.safetensors\"}"));
        Answer many = api.upload(
                "/backbones",
                List.of(Part.json("backbone", Api.json("{\"id\": \"all_nan\"}")), Part.file(TinyInputs.file(all))));

        assertThat(one.status()).isEqualTo(422);
        assertThat(one.codes()).containsExactly("invalid_weights location");
        assertThat(one.details()).contains("blocks.1.mlp.fc2.weight has 1 values that are not finite");
        assertThat(many.status()).isEqualTo(422);
        assertThat(many.codes()).hasSize(21).containsOnly("invalid_weights file");
        assertThat(many.details()).contains("pos_embed has 1", "10 further tensors");
        assertThat(api.get("/backbones/few_nan").status()).isEqualTo(404);
        assertThat(api.get("/backbones/all_nan").status()).isEqualTo(404);
    }

    @Test
    void aWeightsFileCutShortIsRefusedWithoutItsPath() throws IOException {
        byte[] whole = TinyInputs.weights(4);
        place("cut.safetensors", Arrays.copyOf(whole, whole.length - 100));

        Answer refused = api.post("/backbones", Api.json("{\"id\": \"cut\", \"location\": \"cut.safetensors\"}"));

        assertThat(refused.codes()).containsExactly("invalid_weights location");
        assertThat(refused.details()).doesNotContain("test-home");
    }

    private static void place(String name, byte[] content) throws IOException {
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve(name), content);
    }
}
