package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.palimpsest.data.DatasetSpec.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Real archives beside the repository, in the folder named by `palimpsest.shared`. Counts are those of their
/// README.
class SharedArchivesTest {

    @Test
    void cifar100IsReadWithItsClassCalledTrain() {
        try (Dataset data = open("cifar100-png-80x20.zip", Layout.SPLIT_CLASS)) {
            assertThat(data.labels()).hasSize(100).contains("train").startsWith("apple", "aquarium_fish");
            assertThat(data.train().size()).isEqualTo(8000);
            assertThat(data.test().size()).isEqualTo(2000);
            assertThat(data.sha256()).startsWith("06944d4f400d");

            DatasetCheck.Report report = DatasetCheck.run(data, 2, (_, _) -> {}, () -> false);
            assertThat(report.valid()).as("%s", report.checks()).isTrue();
            assertThat(report.width()).isEqualTo(new DatasetCheck.Range(32, 32));
        }
    }

    @Test
    void pacsIsReadAsDomainsOfSharedClasses() {
        try (Dataset data = open("pacs-jpg-40x10.zip", Layout.GROUP_SPLIT_CLASS)) {
            RandomStreams streams = new RandomStreams(0);
            TaskSplit split = TaskSplit.of(new SplitSpec.Groups(null, true), data.labels(), data.groups(), streams);

            assertThat(data.groups()).hasSize(4);
            assertThat(split.headSize()).isEqualTo(7);
            assertThat(LearningTask.of(data, split, 0, streams)).allSatisfy(task -> {
                assertThat(task.train()).hasSize(280);
                assertThat(task.test()).hasSize(70);
            });
            HeapStore store =
                    HeapStore.load(data.train(), IntStream.range(0, 40).toArray(), 2, () -> false);
            assertThat(store.layout().uniform()).isTrue();
            assertThat(store.layout().width()).isEqualTo(227);
        }
    }

    /// MNIST's mean of .1307 shows that grey pictures are not brightened; this is a sample of 3,000.
    @Test
    void fiveDatasetsHaveMixedSizesAndGreyPicturesKeepTheirBrightness() {
        try (Dataset data = open("five-datasets-300x60.zip", Layout.GROUP_SPLIT_CLASS)) {
            assertThat(data.groups()).hasSize(5);
            assertThat(data.labels()).hasSize(50);
            String mnist = data.groups().stream()
                    .filter(group -> group.equalsIgnoreCase("mnist"))
                    .findFirst()
                    .orElseThrow();
            int[] rows = IntStream.range(0, data.train().size())
                    .filter(row -> data.train().group(row) == data.groups().indexOf(mnist))
                    .toArray();
            HeapStore store = HeapStore.load(data.train(), rows, 2, () -> false);
            long sum = 0;
            for (byte value : store.pixels()) {
                sum += value & 0xFF;
            }
            assertThat(store.layout().width()).isEqualTo(28);
            assertThat(sum / 255.0 / store.pixels().length).isBetween(0.128, 0.134);
        }
    }

    private static Dataset open(String name, Layout layout) {
        Path path = Path.of(System.getProperty("palimpsest.shared", "../shared"), "data", name);
        assumeThat(Files.exists(path)).as("%s is not there", path).isTrue();
        return new DatasetSpec.Images(path, layout, null, null).open();
    }
}
