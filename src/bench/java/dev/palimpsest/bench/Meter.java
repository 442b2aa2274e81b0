package dev.palimpsest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// What a piece of work costs this process, all its threads together: wall time, CPU time, page faults and
/// the peak of resident memory. Linux only.
final class Meter {

    /// Minor faults, counted in the fields after the name of the program.
    private static final int FAULTS = 7;

    private final List<Double> wall = new ArrayList<>();
    private final List<Double> cpu = new ArrayList<>();
    private final List<Double> faults = new ArrayList<>();

    /// Runs the work some times unmeasured, then some times measured.
    void run(int warm, int measured, Runnable work) {
        run(warm, measured, 1, work);
    }

    /// The same for work that does a thing several times; what is told is for one time.
    void run(int warm, int measured, int times, Runnable work) {
        for (int i = 0; i < warm; i++) {
            work.run();
        }
        for (int i = 0; i < measured; i++) {
            long startFaults = faults();
            long startCpu = CpuClock.nanos();
            long start = System.nanoTime();
            work.run();
            wall.add((System.nanoTime() - start) / 1e6 / times);
            cpu.add((CpuClock.nanos() - startCpu) / 1e6 / times);
            faults.add((double) (faults() - startFaults) / times);
        }
    }

    double wallMillis() {
        return median(wall);
    }

    double cpuMillis() {
        return median(cpu);
    }

    /// Prints options, medians and further numbers as one line of JSON, in the names of the peers.
    void print(String program, Options options, Map<String, Object> further) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("program", program);
        line.putAll(options.all());
        line.put("wall_ms_median", rounded(wallMillis()));
        line.put("wall_ms_min", rounded(wall.stream().min(Double::compare).orElse(0.0)));
        line.put("cpu_ms_median", rounded(cpuMillis()));
        line.put("faults_median", Math.round(median(faults)));
        line.put("rss_mib", peakMebibytes());
        line.putAll(further);
        System.out.println(JsonMapper.builder().build().writeValueAsString(line));
    }

    static double rounded(double value) {
        return Math.round(10 * value) / 10.0;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static long faults() {
        String line = read("/proc/self/stat");
        return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[FAULTS]);
    }

    private static long peakMebibytes() {
        return read("/proc/self/status")
                .lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + "; measurements need Linux", e);
        }
    }
}
