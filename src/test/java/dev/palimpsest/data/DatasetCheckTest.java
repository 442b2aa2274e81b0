package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.DatasetCheck.Check;
import dev.palimpsest.data.DatasetCheck.Level;
import dev.palimpsest.data.DatasetCheck.Range;
import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageDecoder;
import dev.palimpsest.files.PictureFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetCheckTest {

    @TempDir
    private Path folder;

    @Test
    void aSoundDataSetIsCountedAndMeasured() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.put("train/cat/large.png", PictureFiles.png(20, 5, 77));
        List<Integer> progress = new ArrayList<>();

        DatasetCheck.Report report = check(files, progress);

        assertThat(report.valid()).isTrue();
        assertThat(report.classCount()).isEqualTo(2);
        assertThat(report.trainImages()).isEqualTo(9);
        assertThat(report.testImages()).isEqualTo(4);
        assertThat(report.width()).isEqualTo(new Range(8, 20));
        assertThat(report.height()).isEqualTo(new Range(5, 8));
        assertThat(report.checks()).extracting(Check::count).containsExactly(0, 0, 0, 0);
        assertThat(progress).containsExactly(13);
    }

    @Test
    void everythingThatIsWrongIsNamed() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.put("train/cat/broken.png", new byte[] {1, 2, 3});
        files.put("train/elk/a.png", PictureFiles.png(8, 8, 50));
        files.put("train/elk/b.png", PictureFiles.png(8, 8, 50));
        files.put("test/cat/same.png", PictureFiles.png(8, 8, 50));

        DatasetCheck.Report report = check(files, new ArrayList<>());

        assertThat(report.valid()).isFalse();
        assertThat(report.checks())
                .containsExactly(
                        new Check(
                                "unreadable_images",
                                Level.ERROR,
                                1,
                                List.of("train/cat/broken.png: not a PNG, JPEG or PPM (P5, P6) picture")),
                        new Check("classes_without_test_images", Level.ERROR, 1, List.of("elk")),
                        new Check(
                                "test_images_in_training",
                                Level.WARNING,
                                1,
                                List.of("test/cat/same.png = train/elk/a.png")),
                        new Check("duplicate_images", Level.INFO, 1, List.of("train/elk/b.png = train/elk/a.png")));
    }

    @Test
    void equalPixelsInAnotherFormatAreEqual() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        byte[] ppm = ppm(ImageDecoder.decode(PictureFiles.png(8, 8, 1), "a"));
        files.put("test/cat/a.ppm", ppm);

        DatasetCheck.Report report = check(files, new ArrayList<>());

        assertThat(report.checks().get(2).examples()).containsExactly("test/cat/a.ppm = train/train/0.png");
    }

    @Test
    void atMostTenExamplesAreKept() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        for (int i = 0; i < 12; i++) {
            files.put("train/cat/bad%02d.png".formatted(i), new byte[0]);
        }

        Check unreadable = check(files, new ArrayList<>()).checks().getFirst();

        assertThat(unreadable.count()).isEqualTo(12);
        assertThat(unreadable.examples()).hasSize(10);
    }

    @Test
    void aRequestToStopEndsTheCheck() {
        try (Dataset data = new DatasetSpec.Synthetic(10, 100, 10, 16, 1).open()) {
            assertThatThrownBy(() -> DatasetCheck.run(data, 2, (_, _) -> {}, () -> true))
                    .isInstanceOf(CancellationException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void anErrorOfTheMachineEndsTheCheck(Class<? extends Error> kind) {
        try (Dataset data = dataset(new FailingRows(100, 41, kind))) {
            assertThatThrownBy(() -> DatasetCheck.run(data, 2, (_, _) -> {}, () -> false))
                    .isInstanceOf(kind);
        }
    }

    @Test
    void anInterruptEndsTheCheckAndIsNoFinding() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), files);
        try (Dataset data = new DatasetSpec.Images(zip, DatasetSpec.Layout.SPLIT_CLASS, null, null).open()) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> DatasetCheck.run(data, 2, (_, _) -> {}, () -> false))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();

            assertThat(DatasetCheck.run(data, 2, (_, _) -> {}, () -> false).valid())
                    .isTrue();
        }
    }

    @Test
    void aClosedFileIsNoFinding() {
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), PictureFiles.twoClasses());
        Dataset data = new DatasetSpec.Images(zip, DatasetSpec.Layout.SPLIT_CLASS, null, null).open();
        data.close();

        assertThatThrownBy(() -> DatasetCheck.run(data, 2, (_, _) -> {}, () -> false))
                .isInstanceOf(CancellationException.class);
    }

    private static Dataset dataset(ImageSource source) {
        return new Dataset(List.of("a"), List.of(), source, source, () -> "", () -> {});
    }

    private static byte[] ppm(Image image) {
        byte[] header = "P6 8 8 255\n".getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(header, header.length + image.pixels().length);
        for (int i = 0; i < 64; i++) {
            for (int channel = 0; channel < 3; channel++) {
                bytes[header.length + 3 * i + channel] = image.pixels()[channel * 64 + i];
            }
        }
        return bytes;
    }

    private DatasetCheck.Report check(Map<String, byte[]> files, List<Integer> progress) {
        PictureFiles.folder(folder, files);
        try (Dataset data = new DatasetSpec.Images(folder, DatasetSpec.Layout.SPLIT_CLASS, null, null).open()) {
            return DatasetCheck.run(data, 2, (done, _) -> progress.add(done), () -> false);
        }
    }
}
