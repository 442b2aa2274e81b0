package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.DatasetSpec.Layout;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.PictureFiles;
import dev.palimpsest.files.PictureType;
import dev.palimpsest.files.ReadLimits;
import dev.palimpsest.files.StoredPicture;
import dev.palimpsest.files.UnreadableImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

    private static final byte[] TEXT = "what this is".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    @Test
    void aFolderAndItsZipGiveTheSameRows() {
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), PictureFiles.twoClasses());
        Path plain = PictureFiles.folder(folder.resolve("a"), PictureFiles.twoClasses());

        try (Dataset zipped = open(zip, Layout.SPLIT_CLASS);
                Dataset unzipped = open(plain, Layout.SPLIT_CLASS)) {
            assertThat(names(zipped.train())).isEqualTo(names(unzipped.train())).hasSize(8);
            assertThat(names(zipped.test())).isEqualTo(names(unzipped.test())).hasSize(4);
            for (int i = 0; i < zipped.train().size(); i++) {
                assertThat(zipped.train().image(i).pixels())
                        .isEqualTo(unzipped.train().image(i).pixels());
                assertThat(zipped.train().imageSize(i)).isEqualTo(new ImageSize(8, 8));
            }
        }
    }

    @Test
    void aClassMayBeCalledTrain() {
        try (Dataset data = open(PictureFiles.folder(folder, PictureFiles.twoClasses()), Layout.SPLIT_CLASS)) {
            assertThat(data.labels()).containsExactly("cat", "train");
            assertThat(data.train().name(4)).isEqualTo("train/train/0.png");
            assertThat(data.train().label(4)).isEqualTo(1);
        }
    }

    @Test
    void aFolderAroundEverythingIsTakenOffInAZipOnly() {
        Map<String, byte[]> moved = PictureFiles.below("my pictures", PictureFiles.twoClasses());
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), moved);

        try (Dataset data = open(zip, Layout.SPLIT_CLASS)) {
            assertThat(data.labels()).containsExactly("cat", "train");
        }
        assertThatThrownBy(() -> open(PictureFiles.folder(folder.resolve("a"), moved), Layout.SPLIT_CLASS))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessageContaining("does not lie in layout split/class");
    }

    @Test
    void groupsComeFirst() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.putAll(PictureFiles.below("train", PictureFiles.twoClasses()));
        files.putAll(PictureFiles.below("art", PictureFiles.twoClasses()));

        try (Dataset data = open(PictureFiles.folder(folder, files), Layout.GROUP_SPLIT_CLASS)) {
            assertThat(data.groups()).containsExactly("art", "train");
            assertThat(data.labels()).containsExactly("art/cat", "art/train", "train/cat", "train/train");
            assertThat(data.train().group(15)).isEqualTo(1);
            assertThat(data.train().label(15)).isEqualTo(3);
        }
    }

    @Test
    void numbersAreSortedAsNumbers() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String label : List.of("10", "9", "1")) {
            files.put("train/" + label + "/a.png", PictureFiles.png(4, 4, 1));
        }

        try (Dataset data = open(PictureFiles.folder(folder, files), Layout.SPLIT_CLASS)) {
            assertThat(data.labels()).containsExactly("1", "9", "10");
        }
    }

    @Test
    void layoutClassIsCutOnceAndForEver() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < 10; i++) {
            files.put("cat/%d.png".formatted(i), PictureFiles.png(4, 4, i));
            files.put("dog/%d.png".formatted(i), PictureFiles.png(4, 4, 100 + i));
        }
        files.put("elk/only.png", PictureFiles.png(4, 4, 1000));
        PictureFiles.folder(folder, files);

        try (Dataset data = new DatasetSpec.Images(folder, Layout.CLASS, 0.3, 7L).open();
                Dataset again = new DatasetSpec.Images(folder, Layout.CLASS, 0.3, 7L).open();
                Dataset other = new DatasetSpec.Images(folder, Layout.CLASS, 0.3, 8L).open()) {
            assertThat(data.train().size()).isEqualTo(15);
            assertThat(data.test().size()).isEqualTo(6);
            assertThat(names(data.test())).isEqualTo(names(again.test())).isNotEqualTo(names(other.test()));
            assertThat(names(data.train())).doesNotContainAnyElementsOf(names(data.test()));
        }
    }

    @Test
    void whatSystemsLeaveBehindIsNoPicture() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.put("train/cat/.DS_Store", TEXT);
        files.put("__MACOSX/train/cat/._0.png", TEXT);
        files.put(".git/config", TEXT);
        files.put("README.txt", TEXT);

        for (Path path : List.of(
                PictureFiles.zip(folder.resolve("a.zip"), files), PictureFiles.folder(folder.resolve("a"), files))) {
            try (Dataset data = open(path, Layout.SPLIT_CLASS)) {
                assertThat(data.train().size()).isEqualTo(8);
            }
        }
    }

    @Test
    void aPictureAtAWrongPlaceDoesNotVanish() {
        for (String name : List.of("val/cat/1.png", "stray.JPG", "train/cat/more/1.png")) {
            Map<String, byte[]> files = PictureFiles.twoClasses();
            files.put(name, PictureFiles.png(4, 4, 1));
            Path zip = PictureFiles.zip(folder.resolve("a.zip"), files);

            assertThatThrownBy(() -> open(zip, Layout.SPLIT_CLASS))
                    .as(name)
                    .isInstanceOf(InvalidArchiveException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void aFileThatIsNoPictureIsFoundWhenItIsRead() {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        files.put("train/cat/0.png", TEXT);

        try (Dataset data = open(PictureFiles.folder(folder, files), Layout.SPLIT_CLASS)) {
            assertThatThrownBy(() -> data.train().image(0))
                    .isInstanceOf(UnreadableImageException.class)
                    .hasMessage("train/cat/0.png: not a PNG, JPEG or PPM (P5, P6) picture");
        }
    }

    @Test
    void linksInFoldersAreRefused() throws IOException {
        PictureFiles.folder(folder, PictureFiles.twoClasses());
        Files.createSymbolicLink(folder.resolve("train/cat/link.png"), Path.of("0.png"));

        assertThatThrownBy(() -> open(folder, Layout.SPLIT_CLASS))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("'train/cat/link.png' is a link or no plain file");
    }

    /// What was checked when the folder was opened may be something else when it is read.
    @Test
    void aLinkThatHasTakenThePlaceOfAFileIsNotFollowed(@TempDir Path elsewhere) throws IOException {
        PictureFiles.folder(folder, PictureFiles.twoClasses());
        Files.write(elsewhere.resolve("4.png"), PictureFiles.png(8, 8, 99));
        try (Dataset data = open(folder, Layout.SPLIT_CLASS)) {
            Files.delete(folder.resolve("train/cat/0.png"));
            Files.createSymbolicLink(folder.resolve("train/cat/0.png"), elsewhere.resolve("4.png"));
            Files.move(folder.resolve("test/cat"), folder.resolve("test/moved"));
            Files.createSymbolicLink(folder.resolve("test/cat"), elsewhere);

            for (ThrowingCallable reading : List.<ThrowingCallable>of(
                    () -> data.train().image(0),
                    () -> data.train().stored(0),
                    () -> data.test().stored(0))) {
                assertThatThrownBy(reading)
                        .isInstanceOf(UnreadableImageException.class)
                        .hasMessageEndingWith("cannot be read: is a link");
            }
            assertThat(data.train().stored(1)).isPresent();
        }
    }

    @Test
    void aPictureIsThereByteByByte() throws IOException {
        Map<String, byte[]> files = PictureFiles.twoClasses();
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), files);
        Path plain = PictureFiles.folder(folder.resolve("a"), files);
        for (Path place : List.of(zip, plain)) {
            try (Dataset data = open(place, Layout.SPLIT_CLASS)) {
                StoredPicture stored = data.test().stored(3).orElseThrow();
                byte[] bytes = files.getOrDefault(data.test().name(3), new byte[0]);
                assertThat(stored.type()).isEqualTo(PictureType.PNG);
                assertThat(stored.bytes()).isEqualTo(bytes.length);
                try (InputStream stream = stored.opening().open()) {
                    assertThat(stream.readAllBytes()).isEqualTo(bytes);
                }
            }
        }
    }

    @Test
    void nothingAndEmptinessAreRefused() throws IOException {
        assertThatThrownBy(() -> open(folder, Layout.SPLIT_CLASS))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("there is no picture in layout split/class");
        assertThatThrownBy(() -> open(folder.resolve("absent"), Layout.SPLIT_CLASS))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("'absent' is neither a folder nor a zip");
    }

    @Test
    void theDigestOfAFolderIsThatOfItsSortedLines() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("train/b/1.txt", "b".getBytes(StandardCharsets.UTF_8));
        files.put("train/a/1.txt", "".getBytes(StandardCharsets.UTF_8));
        PictureFiles.folder(folder, files);

        // printf of the two lines | sha256sum
        try (Dataset data = open(folder, Layout.SPLIT_CLASS)) {
            assertThat(data.sha256()).isEqualTo("14430af3c85c79aa9236dbd862de999def33921c0230600cbb140227778f3487");
        }
    }

    @Test
    void limitsHoldForFoldersToo() {
        PictureFiles.folder(folder, PictureFiles.twoClasses());
        var spec = new DatasetSpec.Images(folder, Layout.SPLIT_CLASS, null, null);

        assertThatThrownBy(() -> spec.open(new ReadLimits(11, 1 << 20)))
                .hasMessage("the folder has more than the allowed 11 files");
        assertThatThrownBy(() -> spec.open(new ReadLimits(100, 100))).hasMessageContaining("more than the allowed 100");
    }

    @Test
    void layoutClassAloneHasATestFraction() {
        assertThatThrownBy(() -> new DatasetSpec.Images(folder, Layout.CLASS, null, null))
                .hasMessage("layout class needs a testFraction between 0 and 1, got null");
        assertThatThrownBy(() -> new DatasetSpec.Images(folder, Layout.SPLIT_CLASS, 0.2, null))
                .hasMessage("testFraction and splitSeed belong to layout class, not to split/class");
    }

    private static Dataset open(Path path, Layout layout) {
        return new DatasetSpec.Images(path, layout, null, null).open();
    }

    private static List<String> names(ImageSource source) {
        return IntStream.range(0, source.size()).mapToObj(source::name).toList();
    }
}
