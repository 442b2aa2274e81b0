package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.KnownVariables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/// What can be said of `docker-compose.yml` without Docker.
class ComposeFileTest {

    private static final Set<String> OURS = Set.of("service", "worker");

    private static Map<?, ?> file = Map.of();

    @BeforeAll
    static void read() throws IOException {
        file = new Yaml().load(Files.readString(Path.of("docker-compose.yml")));
    }

    @Test
    void startsAServiceAWorkerAndPostgres18() {
        assertThat(map(file, "services").keySet()).isEqualTo(Set.of("service", "worker", "postgres"));
        assertThat(service("postgres").get("image")).isEqualTo("postgres:18");
    }

    @Test
    void namesOnlySettingsThatExist() {
        List<String> variables = OURS.stream()
                .flatMap(name -> environment(name).keySet().stream())
                .map(String::valueOf)
                .distinct()
                .toList();

        assertThat(new KnownVariables().unknownAmong(variables)).isEmpty();
    }

    @Test
    void givesEachContainerARoleThatExists() {
        assertThat(OURS)
                .map(name -> String.valueOf(environment(name).get("SPRING_PROFILES_ACTIVE")))
                .allMatch(KnownVariables::profileExists, "has an application-<role>.yaml");
    }

    @Test
    void theHeapOfBothCanBeSet() {
        assertThat(OURS)
                .map(name -> String.valueOf(environment(name).get("PALIMPSEST_JAVA_OPTIONS")))
                .containsOnly("${PALIMPSEST_JAVA_OPTIONS:-}");
    }

    @Test
    void waitsForADatabaseThatAnswers() {
        assertThat(service("postgres").get("healthcheck")).isNotNull();
        assertThat(OURS)
                .allSatisfy(name -> assertThat(map(map(service(name), "depends_on"), "postgres")
                                .get("condition"))
                        .isEqualTo("service_healthy"));
    }

    @Test
    void isClosedUnlessOpenAccessIsAskedForByName() {
        assertThat(OURS)
                .allSatisfy(name -> assertThat(environment(name).get("PALIMPSEST_ACCESS_OPEN"))
                        .isEqualTo("${PALIMPSEST_ACCESS_OPEN:-false}"));
        assertThat((List<?>) service("service").get("ports"))
                .allSatisfy(port -> assertThat(port).asString().startsWith("127.0.0.1:"));
    }

    @Test
    void declaresEveryNamedVolume() {
        for (Object name : map(file, "services").keySet()) {
            assertThat((List<?>) service(name.toString()).get("volumes"))
                    .map(volume -> volume.toString().replaceFirst(":.*", ""))
                    .filteredOn(source -> !source.startsWith("."))
                    .allMatch(map(file, "volumes")::containsKey);
        }
    }

    private static Map<?, ?> service(String name) {
        return map(map(file, "services"), name);
    }

    private static Map<?, ?> environment(String service) {
        return map(service(service), "environment");
    }

    private static Map<?, ?> map(Map<?, ?> parent, String key) {
        if (parent.get(key) instanceof Map<?, ?> child) {
            return child;
        }
        throw new AssertionError("%s is no map in %s".formatted(key, parent));
    }
}
