package dev.palimpsest.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.ImageSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OpenDatasetsTest {

    private final List<String> opened = new ArrayList<>();
    private long now;

    private final OpenDatasets datasets = new OpenDatasets(this::open, () -> now);

    private Dataset open(String id, String sha256) {
        opened.add(id);
        return new DatasetSpec.Synthetic(2, 1, 1, 16, sha256.hashCode()).open();
    }

    private void look(String id) {
        try (OpenDatasets.Use use = datasets.use(id, "digest of " + id)) {
            assertThat(use.dataset().test().size()).isEqualTo(2);
        }
    }

    @Test
    void aDataSetStaysOpenForTheNextLook() {
        look("a");
        look("a");
        look("b");
        look("a");

        assertThat(opened).containsExactly("a", "b");
    }

    @Test
    void theOneNotUsedForLongestMakesRoom() {
        look("a");
        look("b");
        look("a");
        look("c");
        look("a");
        look("b");

        assertThat(opened).containsExactly("a", "b", "c", "b");
    }

    @Test
    void afterAMinuteWithoutALookItIsOpenedAnew() {
        look("a");
        now = Duration.ofSeconds(59).toNanos();
        datasets.sweep();
        look("a");
        now += Duration.ofSeconds(60).toNanos();
        datasets.sweep();
        look("a");

        assertThat(opened).containsExactly("a", "a");
    }

    @Test
    void oneThatIsUsedIsNotClosedUnderItsUser() {
        try (OpenDatasets.Use use = datasets.use("a", "digest of a")) {
            now = Duration.ofHours(1).toNanos();
            datasets.sweep();
            look("a");
            look("b");
            look("c");
            ImageSource pictures = use.dataset().test();
            assertThat(pictures.image(0).width()).isEqualTo(16);
        }
        assertThat(opened).containsExactly("a", "b", "c");
    }

    @Test
    void manyWhoComeAtOnceOpenItOnce() {
        var together = new CountDownLatch(1);
        try (ExecutorService people = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                Future<?> _ = people.submit(() -> {
                    together.await();
                    look("a");
                    return null;
                });
            }
            together.countDown();
        }

        assertThat(opened).containsExactly("a");
    }
}
