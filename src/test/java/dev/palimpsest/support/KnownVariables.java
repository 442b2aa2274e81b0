package dev.palimpsest.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

/// The settings that an environment variable can reach: those of our configuration records and files, and
/// those that the libraries on the class path describe, and what the image's entry point reads. A variable that no
/// setting answers to is ignored by
/// Spring in silence, so compose file and chart are checked with this.
public final class KnownVariables {

    private static final Path RESOURCES = Path.of("src", "main", "resources");

    private final Set<String> names = new HashSet<>();

    public KnownVariables() {
        addRecords();
        addFiles();
        addLibraries();
        addEntryPoint();
    }

    /// Those of the given variables that set nothing.
    public List<String> unknownAmong(Collection<String> variables) {
        return variables.stream()
                .filter(variable -> !names.contains(canonical(variable)))
                .toList();
    }

    /// Whether a role of that name has a configuration file.
    public static boolean profileExists(String name) {
        return Files.exists(RESOURCES.resolve("application-" + name + ".yaml"));
    }

    /// `PALIMPSEST_WORKER_POOLS_0_NAME` and `palimpsest.worker.pools[0].name` are the same name.
    private static String canonical(String name) {
        return Stream.of(name.split("[_.\\[\\]]"))
                .filter(part -> !part.matches("\\d*"))
                .collect(Collectors.joining())
                .replace("-", "")
                .toLowerCase(Locale.ROOT);
    }

    private void addRecords() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        for (var candidate : scanner.findCandidateComponents("dev.palimpsest")) {
            try {
                Class<?> type = Class.forName(candidate.getBeanClassName());
                addComponents(type.getAnnotation(ConfigurationProperties.class).value(), type);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException("Cannot load " + candidate, e);
            }
        }
    }

    private void addComponents(String prefix, Class<?> settings) {
        if (!settings.isRecord()) {
            return;
        }
        for (var component : settings.getRecordComponents()) {
            String name = prefix + "." + component.getName();
            names.add(canonical(name));
            addComponents(name, element(component.getGenericType()));
        }
    }

    private static Class<?> element(Type type) {
        return switch (type) {
            case Class<?> plain -> plain;
            case ParameterizedType list -> element(list.getActualTypeArguments()[0]);
            default -> Object.class;
        };
    }

    private void addFiles() {
        try (Stream<Path> files = Files.list(RESOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
                try (Reader text = Files.newBufferedReader(file)) {
                    new Yaml().loadAll(text).forEach(document -> addKeys("", document));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addKeys(String prefix, Object node) {
        if (node instanceof Map<?, ?> map) {
            map.forEach((key, value) -> addKeys(prefix + "." + key, value));
        } else {
            names.add(canonical(prefix));
        }
    }

    private void addEntryPoint() {
        try {
            Pattern.compile("\\$([A-Z][A-Z_]+)")
                    .matcher(Files.readString(Path.of("Dockerfile")).replaceFirst("(?s).*\nENTRYPOINT", ""))
                    .results()
                    .forEach(variable -> names.add(canonical(variable.group(1))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addLibraries() {
        try {
            var mapper = JsonMapper.builder().build();
            for (URL url : Collections.list(KnownVariables.class
                    .getClassLoader()
                    .getResources("META-INF/spring-configuration-metadata.json"))) {
                try (InputStream text = url.openStream()) {
                    mapper.readTree(text)
                            .path("properties")
                            .forEach(property ->
                                    names.add(canonical(property.path("name").asString())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
