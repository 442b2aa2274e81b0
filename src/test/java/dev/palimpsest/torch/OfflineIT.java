package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("engine")
class OfflineIT {
    /// Runs in the JVM of its own: one program call on one thread.
    static final class Start {
        private Start() {}

        public static void main(String[] arguments) {
            TorchRuntime runtime = TorchRuntime.start(1);
            try (TensorScope scope = runtime.scope()) {
                System.out.println("sum " + scope.floats(new float[] {1, 2}, 2).floats()[1]);
            }
        }
    }

    @Test
    void aFreshProcessWithAnEmptyCacheStartsFromItsOwnLibraries(@TempDir Path folder) throws Exception {
        Path log = folder.resolve("log");
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-Dhttps.proxyHost=127.0.0.1", // nobody listens at port 1: a download would fail
                "-Dhttps.proxyPort=1",
                "-classpath",
                System.getProperty("java.class.path"),
                Start.class.getName());
        builder.environment().put("DJL_CACHE_DIR", folder.resolve("cache").toString());
        builder.environment().remove("DJL_OFFLINE");
        builder.environment().remove("OMP_WAIT_POLICY");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();

        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("ends within a minute")
                .isTrue();

        assertThat(Files.readString(log))
                .contains("sum 2.0", "OMP_WAIT_POLICY is not PASSIVE")
                .doesNotContain("Downloading");
        assertThat(process.exitValue()).isZero();
    }
}
