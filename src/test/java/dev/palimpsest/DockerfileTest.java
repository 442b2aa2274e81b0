package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// What can be said of the `Dockerfile` without Docker.
class DockerfileTest {

    private static List<String> instructions = List.of();

    @BeforeAll
    static void read() throws IOException {
        instructions = Files.readString(Path.of("Dockerfile"))
                .replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\\\\n\\s*", "")
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    @Test
    void copiesFromTheRepositoryOnlyWhatExists() throws IOException {
        List<String> let = Files.readAllLines(Path.of(".dockerignore"));

        assertThat(arguments("COPY").filter(copy -> !copy.startsWith("--from")))
                .isNotEmpty()
                .map(copy -> copy.substring(0, copy.indexOf(' ')))
                .allSatisfy(source -> {
                    assertThat(Path.of(source)).exists();
                    assertThat(let).contains("!" + source);
                });
    }

    @Test
    void copiesFromStagesThatExist() {
        List<String> stages = arguments("FROM")
                .filter(from -> from.contains(" AS "))
                .map(from -> from.substring(from.indexOf(" AS ") + 4))
                .toList();

        assertThat(stages).contains("libtorch-cpu", "libtorch-cu128");
        assertThat(arguments("COPY").filter(copy -> copy.startsWith("--from=")))
                .isNotEmpty()
                .map(copy -> copy.substring("--from=".length(), copy.indexOf(' ')))
                .allMatch(stages::contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OMP_WAIT_POLICY=PASSIVE",
                "OMP_DYNAMIC=false",
                "DJL_OFFLINE=true",
                "PYTORCH_FLAVOR=${ENGINE}",
                "PALIMPSEST_HOME=/data",
            })
    void setsWhatMustBeThereBeforeTheJvmStarts(String variable) {
        assertThat(arguments("ENV"))
                .anySatisfy(env -> assertThat(env.split(" ")).contains(variable));
    }

    @Test
    void givesTheServiceTheEnvironmentThatMavenGivesIt() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String plugin = pom.substring(pom.indexOf("<artifactId>spring-boot-maven-plugin"));
        String variables =
                plugin.substring(plugin.indexOf("<environmentVariables>"), plugin.indexOf("</environmentVariables>"));

        List<String> settings = Pattern.compile("<(\\w+)>([^<]+)</")
                .matcher(variables)
                .results()
                .map(match -> match.group(1) + "=" + match.group(2))
                .toList();

        assertThat(settings).isNotEmpty();
        assertThat(arguments("ENV"))
                .anySatisfy(env -> assertThat(env.split(" ")).containsAll(settings));
    }

    @Test
    void namesTheVersionsOfThePom() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String libtorch = property(pom, "libtorch.version");
        String djl = property(pom, "djl.version");

        assertThat(arguments("ENV"))
                .anySatisfy(env -> assertThat(env.split(" ")).contains("PYTORCH_VERSION=" + libtorch));
        assertThat(arguments("FROM")).anyMatch(from -> from.startsWith("pytorch/pytorch:" + libtorch + "-cuda12.8"));
        assertThat(arguments("COPY"))
                .anyMatch(
                        copy -> copy.endsWith("/" + libtorch + "-${ENGINE}-linux-x86_64/" + djl + "-libdjl_torch.so"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jnilib/linux-x86_64/cpu/libdjl_torch.so",
                "jnilib/linux-x86_64/cu128/libdjl_torch.so",
                "pytorch/cpu/linux-x86_64/libtorch.so",
            })
    void findsInTheJarsWhatItUnpacks(String entry) {
        assertThat(DockerfileTest.class.getClassLoader().getResource(entry)).isNotNull();
    }

    @Test
    void theHeapFollowsTheContainerUnlessSomebodySaysOtherwise() throws IOException {
        String start = arguments("ENTRYPOINT").findFirst().orElseThrow();
        String flags = property(Files.readString(Path.of("pom.xml")), "service.jvm");

        assertThat(start).doesNotContain("-Xmx").contains("-XX:MaxRAMPercentage=25");
        assertThat(start.indexOf("$PALIMPSEST_JAVA_OPTIONS"))
                .isGreaterThan(start.indexOf("-XX:MaxRAMPercentage"))
                .isLessThan(start.indexOf("-jar"));
        assertThat(start).contains(flags.replace("${java.options}", "").strip());
    }

    @Test
    void theEntryPointStartsTheServiceWithTheOptionsAndArgumentsGiven() throws IOException, InterruptedException {
        String[] start =
                new JsonMapper().readValue(arguments("ENTRYPOINT").findFirst().orElseThrow(), String[].class);
        List<String> command = new ArrayList<>(List.of(start));
        command.set(2, command.get(2).replace("exec java", "printf '%s\n'"));
        command.add("--server.port=1 2");
        ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
        process.environment().put("PALIMPSEST_JAVA_OPTIONS", "-Xmx4g -Xlog:gc");

        Process running = process.start();
        List<String> words = running.inputReader().lines().toList();

        assertThat(running.waitFor()).isZero();
        assertThat(words).endsWith("-Xmx4g", "-Xlog:gc", "-jar", "/opt/palimpsest/palimpsest.jar", "--server.port=1 2");
    }

    @Test
    void runsAsNobodyInParticular() {
        assertThat(arguments("USER")).containsExactly("10001");
    }

    private static Stream<String> arguments(String instruction) {
        return instructions.stream()
                .filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length() + 1));
    }

    private static String property(String pom, String name) {
        return Pattern.compile("<" + Pattern.quote(name) + ">([^<]+)<")
                .matcher(pom)
                .results()
                .map((MatchResult match) -> match.group(1))
                .findFirst()
                .orElseThrow();
    }
}
