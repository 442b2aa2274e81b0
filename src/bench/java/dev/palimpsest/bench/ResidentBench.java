package dev.palimpsest.bench;

import dev.palimpsest.PalimpsestApplication;
import dev.palimpsest.torch.Safetensors;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Resident memory of the service by phase, over a run of tasks like those of ImageNet-R: many pictures of
/// mixed sizes around 500 pixels, through HTTP, with the smallest network there is.
///
/// `--images`, five sixths of them for training; `--classes`, ten tasks of them; `--epochs`; `--work`, an
/// empty folder for everything; `--store`, the image store, empty for the default.
final class ResidentBench {

    private static final int TASKS = 10;
    private static final int DRAWN = 120;
    private static final int EVERY_MILLIS = 100;
    private static final long MIB = 1 << 20;

    private final ServiceClient client;
    private final JsonMapper json = JsonMapper.builder().build();
    private final Map<String, Peak> peaks = new LinkedHashMap<>();

    /// Of one phase, in bytes: all that is resident, and of it what is no page of a file.
    private record Peak(long all, long anonymous) {

        Peak with(Peak other) {
            return new Peak(Math.max(all, other.all), Math.max(anonymous, other.anonymous));
        }
    }

    private ResidentBench(int port) {
        this.client = new ServiceClient(port);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Options options =
                Options.of(arguments, "images=24000 classes=200 epochs=1 work=target/bench/resident store= threads=1");
        Path work = Path.of(options.text("work"));
        Path roots = work.resolve("import");
        pictures(roots.resolve("pictures"), options.number("images"), options.number("classes"));
        try (OutputStream out = Files.newOutputStream(roots.resolve("tiny.safetensors"))) {
            Safetensors.write(out, RandomVit.of(32, 16, 1, 32, 1), Map.of());
        }
        String[] properties = {
            "--server.port=0",
            "--logging.level.root=warn",
            "--palimpsest.home=" + work.resolve("home"),
            "--palimpsest.storage.data-roots=" + roots,
            "--palimpsest.engine.threads=" + options.text("threads"),
            "--palimpsest.engine.image-store-size=" + options.text("store")
        };
        try (ConfigurableApplicationContext context = SpringApplication.run(PalimpsestApplication.class, properties)) {
            var server = ((ServletWebServerApplicationContext) context).getWebServer();
            if (server == null) {
                throw new IllegalStateException("the service has no web server");
            }
            new ResidentBench(server.getPort()).run(options);
        }
    }

    private void run(Options options) throws IOException, InterruptedException {
        watch("idle", "/datasets/demo_shapes", "ready");
        client.post("/datasets", json.readTree("{\"id\": \"pictures\", \"location\": \"pictures\"}"));
        watch("checking", "/datasets/pictures", "ready");
        client.post(
                "/backbones", json.readTree("{\"id\": \"tiny\", \"location\": \"tiny.safetensors\", \"heads\": 2}"));
        watch("checking", "/backbones/tiny", "ready");
        JsonNode experiment =
                client.post("/experiments", json.readTree("""
                {"name": "resident", "dataset_id": "pictures", "backbone_id": "tiny",
                 "split": {"kind": "equal_classes", "task_count": %d, "class_order": {"kind": "natural"}},
                 "input": {"profile": "backbone_default", "image_size": 32},
                 "method": {"name": "sequential_lora", "rank": 1},
                 "training": {"epochs": %d, "batch_size": 64}, "seeds": [1]}""".formatted(TASKS, options.number("epochs"))));
        watch("", "/jobs/" + experiment.path("jobs").path(0).path("id").stringValue(), "succeeded");
        System.out.printf("heap at most %d MiB%n", Runtime.getRuntime().maxMemory() / MIB);
        System.out.println("| phase | resident MiB | of it no pages of files, MiB |\n|---|---|---|");
        peaks.forEach((phase, peak) ->
                System.out.printf("| %s | %d | %d |%n", phase, peak.all() / MIB, peak.anonymous() / MIB));
    }

    /// Reads the process's memory until a resource has reached its state.
    ///
    /// @param phase empty to take it from the resource
    private void watch(String phase, String path, String end) throws IOException, InterruptedException {
        while (true) {
            JsonNode now = client.get(path);
            String status = now.path("status").stringValue("");
            String reached = phase.isEmpty() ? now.path("phase").stringValue("starting") : phase;
            peaks.merge(reached, measured(), Peak::with);
            if (status.equals(end)) {
                return;
            }
            if (status.equals("failed") || status.equals("invalid") || status.equals("corrupt")) {
                throw new IllegalStateException(path + " is " + now);
            }
            Thread.sleep(EVERY_MILLIS);
        }
    }

    private static Peak measured() throws IOException {
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:") || line.startsWith("RssAnon:")) {
                sizes.put(line.substring(0, line.indexOf(':')), 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")));
            }
        }
        return new Peak(sizes.getOrDefault("VmRSS", 0L), sizes.getOrDefault("RssAnon", 0L));
    }

    /// Few are drawn and each has many names, so that a run of full size needs little disk.
    private static void pictures(Path folder, int images, int classes) throws IOException {
        Random random = new Random(1);
        Path drawn = Files.createDirectories(folder.resolveSibling("drawn"));
        for (int i = 0; i < DRAWN; i++) {
            BufferedImage picture = noise(random, 400 + random.nextInt(200), 350 + random.nextInt(200));
            ImageIO.write(picture, "jpeg", drawn.resolve(i + ".jpg").toFile());
        }
        for (int i = 0; i < images; i++) {
            String part = i % 6 == 5 ? "test" : "train";
            Path ofClass = Files.createDirectories(folder.resolve(part, "class" + i / 6 % classes));
            Files.createLink(ofClass.resolve(i + ".jpg"), drawn.resolve(i % DRAWN + ".jpg"));
        }
    }

    /// As smooth as a photograph: an eighth of the side in noise, enlarged.
    private static BufferedImage noise(Random random, int width, int height) {
        BufferedImage small = new BufferedImage(width / 8, height / 8, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < small.getHeight(); y++) {
            for (int x = 0; x < small.getWidth(); x++) {
                small.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        BufferedImage large = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = large.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        canvas.drawImage(small, 0, 0, width, height, null);
        canvas.dispose();
        return large;
    }
}
