package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class WorkerSettingsTest {

    @Test
    void defaults() {
        WorkerSettings settings = bind(Map.of());

        assertThat(settings.enabled()).isTrue();
        assertThat(settings.nodeName()).isNotBlank();
        assertThat(settings.pools()).isEmpty();
        assertThat(settings.pollingInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.heartbeatInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.shutdownMaxWait()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.lostAfter()).isEqualTo(Duration.ofSeconds(40));
    }

    @Test
    void keys() {
        WorkerSettings settings = bind(Map.of(
                "enabled", "false",
                "node", "gpu-0",
                "pools[0].name", "cuda-80g",
                "pools[0].device", "cuda",
                "pools[0].slots", "2",
                "polling-interval", "1s",
                "heartbeat-interval", "3s",
                "shutdown-max-wait", "5s"));

        assertThat(settings)
                .isEqualTo(new WorkerSettings(
                        false,
                        "gpu-0",
                        List.of(new WorkerSettings.Pool("cuda-80g", "cuda", 2)),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(5)));
    }

    @Test
    void aPoolNeedsAKnownDeviceAndASlot() {
        assertThatThrownBy(() -> bind(Map.of("pools[0].name", "tpu", "pools[0].device", "tpu")))
                .isInstanceOf(BindException.class)
                .hasRootCauseMessage("device of pool tpu must be cpu or cuda, got tpu");
        assertThatThrownBy(() -> new WorkerSettings.Pool("cpu", "cpu", 0))
                .hasMessage("slots of pool cpu must be at least 1, got 0");
    }

    private static WorkerSettings bind(Map<String, String> properties) {
        var source = new MapConfigurationPropertySource();
        properties.forEach((key, value) -> source.put("palimpsest.worker." + key, value));
        return new Binder(source).bindOrCreate("palimpsest.worker", WorkerSettings.class);
    }
}
