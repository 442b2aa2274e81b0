package dev.palimpsest.torch;

import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The devices that programs can run on: `cpu`, then `cuda:0`, `cuda:1` and so on.
public final class Devices {
    private final List<Device> all;

    /// One device. `model` is what the maker calls it, `memoryBytes` all memory that it has, used or not.
    public record Device(String name, String model, long memoryBytes) {}

    private Devices(List<Device> all) {
        this.all = List.copyOf(all);
    }

    static Devices ofThisMachine() {
        List<Device> found = new ArrayList<>();
        long memory = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        found.add(new Device("cpu", processor(), memory));
        for (int i = 0; i < CudaUtils.getGpuCount(); i++) {
            long card = CudaUtils.getGpuMemory(ai.djl.Device.gpu(i)).getMax();
            found.add(new Device("cuda:" + i, card(i), card));
        }
        return new Devices(found);
    }

    public List<Device> all() {
        return all;
    }

    public List<String> names() {
        return all.stream().map(Device::name).toList();
    }

    public Device get(String name) {
        return all.stream()
                .filter(device -> device.name.equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("device must be one of " + names() + ", got '" + name + "'"));
    }

    private static String processor() {
        return value(Path.of("/proc/cpuinfo"), "model name", System.getProperty("os.arch"));
    }

    /// The bridge does not tell a card's model, and the driver lists cards in another order than CUDA: its
    /// name is taken only if all cards of the machine have the same.
    private static String card(int index) {
        Set<String> models = new TreeSet<>();
        try (Stream<Path> cards = Files.list(Path.of("/proc/driver/nvidia/gpus"))) {
            cards.forEach(card -> models.add(value(card.resolve("information"), "Model", "")));
        } catch (IOException _) {
            models.clear(); // no such folder: the driver of a container need not show it
        }
        models.remove("");
        return models.size() == 1
                ? models.iterator().next()
                : "CUDA device of compute capability " + CudaUtils.getComputeCapability(index);
    }

    private static String value(Path file, String key, String otherwise) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException _) {
            return otherwise;
        }
    }
}
