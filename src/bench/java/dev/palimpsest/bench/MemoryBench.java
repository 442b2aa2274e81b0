package dev.palimpsest.bench;

import dev.palimpsest.PalimpsestApplication;
import dev.palimpsest.torch.Safetensors;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Runs LoRAC-IPC with task inference through the service, on drawn pictures and random weights, and prints what
/// memory the process held in each phase of each task: the highest of what was seen ten times a second.
///
/// The sizes of what is kept are those of a real run; what is computed is little, since pictures may be as small as
/// two patches a side.
final class MemoryBench {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int PATCH = 16;
    private static final int PAUSE = 100;

    private final ServiceClient client;
    private final Map<String, Peak> peaks = new LinkedHashMap<>();

    /// MiB of all that is resident, of the part that no file backs, and of the Java heap in use.
    private record Peak(long resident, long anonymous, long heap) {

        static Peak now() throws IOException {
            Runtime java = Runtime.getRuntime();
            return new Peak(status("VmRSS:"), status("RssAnon:"), (java.totalMemory() - java.freeMemory()) >> 20);
        }

        Peak max(Peak other) {
            return new Peak(
                    Math.max(resident, other.resident),
                    Math.max(anonymous, other.anonymous),
                    Math.max(heap, other.heap));
        }
    }

    private MemoryBench(ServiceClient client) {
        this.client = client;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Options options = Options.of(
                arguments,
                "home=target/bench/memory width=192 depth=12 side=32 classes=100 train=500 test=100 tasks=10 epochs=1"
                        + " batch=500 rank=16 precision=fp32");
        Path home = Path.of(options.text("home")).toAbsolutePath();
        writeWeights(home.resolve("import"), options);
        String[] properties = {"--server.port=0", "--logging.level.root=warn", "--palimpsest.home=" + home};
        try (ConfigurableApplicationContext context = SpringApplication.run(PalimpsestApplication.class, properties)) {
            var server = ((ServletWebServerApplicationContext) context).getWebServer();
            if (server == null) {
                throw new IllegalStateException("the service has no web server");
            }
            new MemoryBench(new ServiceClient(server.getPort())).run(options);
        }
    }

    private static void writeWeights(Path folder, Options options) throws IOException {
        Files.createDirectories(folder);
        try (OutputStream out = Files.newOutputStream(folder.resolve("random_vit.safetensors"))) {
            Safetensors.write(
                    out,
                    RandomVit.of(options.number("side"), PATCH, options.number("depth"), options.number("width"), 1),
                    Map.of());
        }
    }

    private void run(Options options) throws IOException, InterruptedException {
        System.out.println(
                options.all() + " " + ManagementFactory.getRuntimeMXBean().getInputArguments());
        register("datasets", """
                {"kind": "synthetic", "id": "drawn", "classes": %d, "train_per_class": %d, "test_per_class": %d,
                 "image_size": %d, "seed": 1}""".formatted(
                options.number("classes"), options.number("train"), options.number("test"), options.number("side")));
        register("backbones", """
                {"id": "random_vit", "location": "random_vit.safetensors", "mean": [0.5, 0.5, 0.5],
                 "std": [0.5, 0.5, 0.5]}""");
        JsonNode experiment = client.post("/experiments", json("""
                {"dataset_id": "drawn", "backbone_id": "random_vit", "precision": "%s", "seeds": [1],
                 "split": {"kind": "equal_classes", "task_count": %d},
                 "input": {"profile": "backbone_default", "image_size": %d},
                 "method": {"name": "lorac_ipc", "rank": %d, "alignment": {"epochs": 1}},
                 "training": {"epochs": %d, "batch_size": %d}}""".formatted(
                        options.text("precision"),
                        options.number("tasks"),
                        options.number("side"),
                        options.number("rank"),
                        options.number("epochs"),
                        options.number("batch"))));
        String id = client.get("/experiments/" + experiment.path("id").stringValue())
                .path("jobs")
                .path(0)
                .path("id")
                .stringValue();
        String status = watch("/jobs/" + id);
        System.out.println("job " + status);
    }

    private String watch(String path) throws IOException, InterruptedException {
        System.out.println("| task | phase | resident MiB | of it anonymous | Java heap used |\n|---|---|---|---|---|");
        String last = "";
        while (true) {
            JsonNode job = client.get(path);
            String key = "| %d | %s |"
                    .formatted(
                            job.path("progress").path("task").intValue(0),
                            job.path("phase").stringValue("-"));
            peaks.merge(key, Peak.now(), Peak::max);
            if (!key.equals(last)) {
                print(last);
                last = key;
            }
            String status = job.path("status").stringValue();
            if (Set.of("succeeded", "failed", "cancelled").contains(status)) {
                print(last);
                return status + " " + job.path("status_message").stringValue("") + ", peak " + status("VmHWM:")
                        + " MiB";
            }
            Thread.sleep(PAUSE);
        }
    }

    private void print(String key) {
        Peak peak = peaks.get(key);
        if (peak != null) {
            System.out.println("%s %d | %d | %d |".formatted(key, peak.resident(), peak.anonymous(), peak.heap()));
        }
    }

    private void register(String kind, String request) throws InterruptedException {
        JsonNode body = json(request);
        client.post("/" + kind, body);
        String path = "/" + kind + "/" + body.path("id").stringValue();
        for (String status = ""; !status.equals("ready"); Thread.sleep(PAUSE)) {
            status = client.get(path).path("status").stringValue();
            if (status.equals("invalid") || status.equals("corrupt")) {
                throw new IllegalStateException(path + " is " + client.get(path));
            }
        }
    }

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }

    /// MiB of one line of the system's account of this process.
    private static long status(String line) throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(one -> one.startsWith(line))
                .mapToLong(one -> Long.parseLong(one.replaceAll("[^0-9]", "")) >> 10)
                .findFirst()
                .orElseThrow();
    }
}
