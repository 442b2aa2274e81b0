package dev.palimpsest.experiments;

import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.settings.SettingsBinder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Every preset there is: the files `presets/<method>.json` of the class path, which are data and nothing else.
public final class Presets {

    private static final List<Preset> ALL = ContinualMethods.all().stream()
            .map(MethodInfo::name)
            .flatMap(Presets::read)
            .toList();

    private Presets() {}

    /// By method, in the order of the files.
    public static List<Preset> all() {
        return ALL;
    }

    public static List<Preset> of(MethodInfo method) {
        return ALL.stream()
                .filter(preset -> preset.name().startsWith(method.name() + "/"))
                .toList();
    }

    static Optional<Preset> find(String name) {
        return ALL.stream().filter(preset -> preset.name().equals(name)).findFirst();
    }

    private static Stream<Preset> read(String method) {
        try (InputStream file = Presets.class.getResourceAsStream("/presets/" + method + ".json")) {
            return file == null
                    ? Stream.of()
                    : Arrays.stream(SettingsBinder.mapper().readValue(file, Preset[].class));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the presets of " + method, e);
        }
    }
}
