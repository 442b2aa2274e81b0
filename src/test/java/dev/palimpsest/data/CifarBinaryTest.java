package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.data.DatasetSpec.Layout;
import dev.palimpsest.files.Image;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.PictureFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarBinaryTest {

    private static final int RECORD = 3074;

    @TempDir
    private Path folder;

    @Test
    void whatWasWrittenIsReadFromAFolderAndFromItsZip() {
        byte[] train = records(5);
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("train.bin", train);
        files.put("test.bin", records(2));
        files.put("fine_label_names.txt", names());
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), PictureFiles.below("cifar-100-binary", files));

        for (Path path : List.of(PictureFiles.folder(folder.resolve("a"), files), zip)) {
            try (Dataset data = open(path)) {
                assertThat(data.train().size()).isEqualTo(5);
                assertThat(data.test().size()).isEqualTo(2);
                assertThat(data.labels().get(99)).isEqualTo("name 99");
                for (int row = 0; row < 5; row++) {
                    int start = row * RECORD;
                    Image image = data.train().image(row);
                    assertThat(data.train().label(row)).isEqualTo(train[start + 1]);
                    assertThat(image.pixels()).isEqualTo(Arrays.copyOfRange(train, start + 2, start + RECORD));
                    assertThat(image.width()).isEqualTo(32);
                }
                assertThat(data.train().name(3)).isEqualTo("train.bin#3");
            }
        }
    }

    @Test
    void withoutNamesTheNumbersAreTheLabels() {
        PictureFiles.folder(folder, Map.of("train.bin", records(1), "test.bin", records(1)));

        try (Dataset data = open(folder)) {
            assertThat(data.labels()).hasSize(100).startsWith("0", "1", "2");
        }
    }

    @Test
    void filesThatAreNotThereOrCutShortAreRefused() {
        PictureFiles.folder(folder, Map.of("train.bin", Arrays.copyOf(records(2), 2 * RECORD - 1)));
        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("'train.bin' must hold records of 3074 bytes, got 6147 bytes: cut short?");

        PictureFiles.folder(folder, Map.of("train.bin", records(2)));
        assertThatThrownBy(() -> open(folder)).hasMessage("layout cifar100_binary needs 'test.bin'; it is not there");

        byte[] wrong = records(2);
        wrong[RECORD + 1] = 100;
        PictureFiles.folder(folder, Map.of("train.bin", wrong, "test.bin", records(1)));
        assertThatThrownBy(() -> open(folder)).hasMessage("'train.bin': record 1 has label 100, allowed is 0..99");
    }

    private static byte[] records(int count) {
        byte[] bytes = new byte[count * RECORD];
        Draws draws = new Draws(count);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i % RECORD == 1 ? draws.nextInt(100) : draws.nextInt(256));
        }
        return bytes;
    }

    private static byte[] names() {
        return IntStream.range(0, 100)
                .mapToObj(i -> "name " + i + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Dataset open(Path path) {
        return new DatasetSpec.Images(path, Layout.CIFAR100_BINARY, null, null).open();
    }
}
