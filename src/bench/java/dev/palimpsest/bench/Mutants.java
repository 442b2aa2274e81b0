package dev.palimpsest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// Breaks the product in one place after the other, as `src/bench/mutants.txt` says, and tells which test sees it.
///
/// From a fresh clone, no class path needed:
///
/// ```
/// mvn -q test-compile && java src/bench/java/dev/palimpsest/bench/Mutants.java [words of a mutant's name]
/// ```
///
/// No source is touched: the changed file is compiled, or copied, to a folder that stands before the others on the
/// class
/// path. A test class that fails without a mutant, a text that does not stand exactly once in its file and a change
/// that
/// does not compile are faults, not kills.
public final class Mutants {

    private static final Path LIST = Path.of("src/bench/mutants.txt");
    private static final Path FOLDER = Path.of("target/mutants");
    private static final Path JAVA = Path.of("src/main/java");
    private static final Path PROGRAMS = Path.of("src/main/torch");

    /// A test method in the console's tree.
    private static final Pattern METHOD = Pattern.compile("─ (\\w+)\\(");

    private static final Pattern COUNT = Pattern.compile("\\[\\s*(\\d+) tests (successful|failed)");

    private Mutants() {}

    /// One change.
    ///
    /// @param test class that must fail, or one of its methods
    private record Mutant(String name, Path file, String from, String to, String test) {

        String changed() throws IOException {
            String source = Files.readString(file);
            int at = source.indexOf(from);
            if (at < 0 || source.indexOf(from, at + 1) >= 0) {
                throw new IllegalStateException("'%s' must stand exactly once in %s".formatted(from, file));
            }
            return source.substring(0, at) + to + source.substring(at + from.length());
        }
    }

    /// What a test class did.
    private record Outcome(int successful, int failed, String firstFailure) {}

    public static void main(String[] arguments) throws IOException {
        String words = String.join(" ", arguments);
        List<Mutant> mutants =
                read().stream().filter(one -> one.name().contains(words)).toList();
        Set<String> tests = new TreeSet<>();
        mutants.forEach(one -> tests.add(one.test()));
        for (String test : tests) {
            Outcome outcome = run(test, FOLDER.resolve("none"));
            if (outcome.failed() > 0 || outcome.successful() == 0) {
                throw new IllegalStateException(
                        "%s does not pass without a mutant: %s".formatted(test, outcome.firstFailure()));
            }
        }
        System.out.println("| broken | file | dies by |\n| --- | --- | --- |");
        int survivors = 0;
        for (Mutant one : mutants) {
            delete(FOLDER);
            write(one);
            Outcome outcome = run(one.test(), FOLDER);
            boolean survived = outcome.failed() == 0;
            survivors += survived ? 1 : 0;
            System.out.printf(
                    "| %s | `%s` | %s |%n",
                    one.name(),
                    one.file().getFileName(),
                    survived ? "**survives** `" + one.test() + "`" : "`" + one.test() + "`: " + outcome.firstFailure());
        }
        System.out.printf("%n%d mutants, %d survive%n", mutants.size(), survivors);
        System.exit(survivors == 0 ? 0 : 1);
    }

    private static List<Mutant> read() throws IOException {
        List<Mutant> mutants = new ArrayList<>();
        List<String> lines = Files.readAllLines(LIST).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        String marks = "=@-+?";
        for (int i = 0; i < lines.size(); i += marks.length()) {
            List<String> fields = new ArrayList<>();
            for (int k = 0; k < marks.length(); k++) {
                String line = i + k < lines.size() ? lines.get(i + k) : "";
                if (!line.startsWith(marks.charAt(k) + " ")) {
                    throw new IllegalStateException(
                            "a line that begins with '%s ' must follow, got '%s'".formatted(marks.charAt(k), line));
                }
                fields.add(line.substring(2));
            }
            mutants.add(new Mutant(fields.get(0), Path.of(fields.get(1)), fields.get(2), fields.get(3), fields.get(4)));
        }
        return mutants;
    }

    private static void write(Mutant mutant) throws IOException {
        if (mutant.file().startsWith(PROGRAMS)) {
            Path target = FOLDER.resolve("torch").resolve(PROGRAMS.relativize(mutant.file()));
            Files.createDirectories(FOLDER.resolve("torch"));
            Files.writeString(target, mutant.changed());
            return;
        }
        Path source = FOLDER.resolve("source").resolve(JAVA.relativize(mutant.file()));
        Files.createDirectories(source.resolveSibling("."));
        Files.writeString(source, mutant.changed());
        String classPath = "target/classes:"
                + Files.readString(Path.of("target/test-classpath.txt")).strip();
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        System.err,
                        System.err,
                        "-nowarn",
                        "-proc:none",
                        "-parameters",
                        "-d",
                        FOLDER.toString(),
                        "-classpath",
                        classPath,
                        source.toString());
        if (failed != 0) {
            throw new IllegalStateException("'%s' does not compile".formatted(mutant.name()));
        }
    }

    private static Outcome run(String test, Path overlay) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(".ci/test-one", test).redirectErrorStream(true);
        builder.environment().put("TEST_OVERLAY", overlay.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .replaceAll("\u001B\\[[0-9;]*m", "");
        int successful = 0;
        int failed = 0;
        Matcher counts = COUNT.matcher(output);
        while (counts.find()) {
            int count = Integer.parseInt(counts.group(1));
            successful += counts.group(2).equals("successful") ? count : 0;
            failed += counts.group(2).equals("failed") ? count : 0;
        }
        if (successful + failed == 0) {
            throw new IllegalStateException("%s did not run:%n%s".formatted(test, output));
        }
        return new Outcome(successful, failed, failed == 0 ? "" : firstFailure(output));
    }

    /// The method of the first failing test; cases of a method stand below it.
    private static String firstFailure(String output) {
        String method = "";
        for (String line : output.split("\n", -1)) {
            Matcher named = METHOD.matcher(line);
            if (named.find()) {
                method = named.group(1);
            }
            if (line.contains("✘") || line.contains("[X]")) {
                return method;
            }
        }
        return method;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
