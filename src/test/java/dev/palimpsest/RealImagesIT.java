package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.support.ServiceProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Real pictures and real weights through the API, short: two tasks of three CIFAR-100 classes at side 96.
@Tag("postgres")
@Tag("engine")
class RealImagesIT {

    private static final Duration LIMIT = Duration.ofMinutes(4);

    @TempDir
    Path home;

    @Test
    void cifarClassesAreLearnedOnAPretrainedNetwork() throws InterruptedException {
        Path shared = Path.of(System.getProperty("palimpsest.shared", "../shared"));
        Path data = shared.resolve("data");
        Path networks = shared.resolve("weights");
        Path pictures = data.resolve("cifar100-png-80x20.zip");
        Path weights = networks.resolve("vit_tiny_patch16_224.f16.safetensors");
        assumeTrue(Files.exists(pictures), () -> pictures + " is missing");
        assumeTrue(Files.exists(weights), () -> weights + " is missing");
        String roots = data + "," + networks;

        try (ServiceProcess service = ServiceProcess.start(home, "--palimpsest.storage.data-roots=" + roots)) {
            service.post("/datasets", """
                    {"id": "cifar100_80x20", "location": "cifar100-png-80x20.zip",
                     "sha256": "06944d4f400dab7d00573cf8f9badf900e2a5a40f89b0b215635c3d63868c81a"}""");
            service.post("/backbones", """
                    {"id": "vit_tiny", "location": "vit_tiny_patch16_224.f16.safetensors", "crop_fraction": 0.9}""");
            service.await("/backbones/vit_tiny", LIMIT, "ready");
            JsonNode dataset = service.await("/datasets/cifar100_80x20", LIMIT, "ready");
            assertThat(dataset.path("class_count").intValue()).isEqualTo(100);
            assertThat(dataset.path("train_images").intValue()).isEqualTo(8000);

            JsonNode experiment = service.post("/experiments", """
                    {"dataset_id": "cifar100_80x20", "backbone_id": "vit_tiny",
                     "split": {"kind": "explicit", "tasks": [
                       {"name": "animals", "classes": ["bear", "trout", "butterfly"]},
                       {"name": "things", "classes": ["bicycle", "bottle", "train"]}]},
                     "input": {"profile": "backbone_default", "image_size": 96},
                     "method": {"name": "lorac_ipc", "rank": 8, "alignment": {"epochs": 5}},
                     "training": {"epochs": 2, "batch_size": 32}, "precision": "auto", "seeds": [1]}""");
            String job = experiment.path("jobs").path(0).path("id").stringValue();
            service.await("/jobs/" + job, LIMIT, "succeeded");

            JsonNode matrix = service.get("/jobs/" + job + "/accuracy-matrix");
            assertThat(matrix.path("test_images").toString()).isEqualTo("[60,60]");
            double last = matrix.path("accuracy").path(1).path(0).doubleValue()
                    + matrix.path("accuracy").path(1).path(1).doubleValue();
            assertThat(last / 2).as("accuracy after both tasks: %s", matrix).isGreaterThan(60);
            assertThat(service.get("/jobs/" + job + "/checkpoints").path("data").size())
                    .isEqualTo(2);
        }
    }
}
