package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.catalogue.ReadSettings;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.http.HttpLimits;
import dev.palimpsest.runs.EngineSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

/// Keys and defaults of the configuration records of this room.
class ConfigurationKeysTest {

    private static <T> T bind(String prefix, Class<T> type, Map<String, String> values) {
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate(prefix, type);
    }

    @Test
    void filesLieBelowOneFolder() {
        var defaults = bind("palimpsest.storage", StorageSettings.class, Map.of());

        assertThat(defaults)
                .isEqualTo(new StorageSettings(
                        List.of(Path.of("data/import")),
                        Path.of("data/datasets"),
                        Path.of("data/backbones"),
                        Path.of("data/checkpoints"),
                        Path.of("data/pictures"),
                        DataSize.ofGigabytes(2)));
    }

    @Test
    void everyFolderHasAKey() {
        var given = bind(
                "palimpsest.storage",
                StorageSettings.class,
                Map.of(
                        "palimpsest.storage.data-roots", "/a,/b",
                        "palimpsest.storage.dataset-folder", "/c",
                        "palimpsest.storage.backbone-folder", "/d",
                        "palimpsest.storage.checkpoint-folder", "/e",
                        "palimpsest.storage.picture-folder", "/f",
                        "palimpsest.storage.min-free", "1MB"));

        assertThat(given)
                .isEqualTo(new StorageSettings(
                        List.of(Path.of("/a"), Path.of("/b")),
                        Path.of("/c"),
                        Path.of("/d"),
                        Path.of("/e"),
                        Path.of("/f"),
                        DataSize.ofMegabytes(1)));
    }

    @Test
    void theEngineSharesTheCoresOutAmongTheSlots() {
        var defaults = bind("palimpsest.engine", EngineSettings.class, Map.of());

        assertThat(defaults).isEqualTo(new EngineSettings(null, 2, null));
        assertThat(defaults.threads(8, 2)).isEqualTo(4);
        assertThat(defaults.threads(2, 4)).isEqualTo(1);
        assertThat(new EngineSettings(3, 2, null).threads(8, 2)).isEqualTo(3);
        assertThatThrownBy(() -> new EngineSettings(0, 2, null))
                .hasMessage("palimpsest.engine.threads must be at least 1, got 0");
    }

    @Test
    void limitsAreThoseOfTheContract() {
        assertThat(bind("palimpsest.limits", LimitSettings.class, Map.of())).isEqualTo(new LimitSettings(256, 5000));
        assertThat(bind("palimpsest.limits", ReadSettings.class, Map.of()))
                .isEqualTo(new ReadSettings(2_000_000, DataSize.ofMegabytes(64)));
        assertThat(bind("palimpsest.limits", HttpLimits.class, Map.of()))
                .isEqualTo(new HttpLimits(DataSize.ofMegabytes(1), DataSize.ofGigabytes(8), 20));
        assertThat(bind("palimpsest.limits", HttpLimits.class, Map.of("palimpsest.limits.upload-size", "5MB"))
                        .uploadSize())
                .isEqualTo(DataSize.ofMegabytes(5));
    }
}
