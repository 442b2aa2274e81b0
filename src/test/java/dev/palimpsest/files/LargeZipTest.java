package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives whose numbers stand in 64 bits, as those of more than 4 GiB or 65,534 entries do.
class LargeZipTest {

    private static final byte[] CONTENT = "content that is packed".getBytes(StandardCharsets.UTF_8);
    private static final int PACKED = 20;
    private static final int BYTES = 24;
    private static final int OFFSET = 42;
    private static final int END = 22;

    @TempDir
    private Path folder;

    /// A zip of a small file before and `b` with the content, whose directory leaves numbers of `b` to its extra field.
    ///
    /// @param absent places of numbers in the header of `b`
    /// @param change of the 64-bit record of the directory
    private Path zip(List<Integer> absent, Consumer<ByteBuffer> change) throws IOException {
        var files = Map.of("b", CONTENT);
        byte[] plain = Files.readAllBytes(PictureFiles.zip(folder.resolve("plain.zip"), files));
        ByteBuffer end = ordered(plain).slice(plain.length - END, END).order(ByteOrder.LITTLE_ENDIAN);
        int from = end.getInt(16);
        int size = end.getInt(12);
        ByteBuffer header =
                ByteBuffer.allocate(size + 6 + 4 + 8 * absent.size()).order(ByteOrder.LITTLE_ENDIAN);
        header.put(plain, from, size);
        // a field of another kind first
        header.putShort((short) 0x7777).putShort((short) 2).putShort((short) 0x4242);
        header.putShort((short) 1).putShort((short) (8 * absent.size()));
        for (int place : List.of(BYTES, PACKED, OFFSET)) {
            if (absent.contains(place)) {
                header.putLong(header.getInt(place) & 0xFFFFFFFFL);
                header.putInt(place, -1);
            }
        }
        header.putShort(30, (short) (6 + 4 + 8 * absent.size()));
        ByteBuffer record = ByteBuffer.allocate(56).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(0x06064B50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putInt(0)
                .putInt(0);
        record.putLong(1).putLong(1).putLong(header.capacity()).putLong(from);
        change.accept(record);
        ByteBuffer locator = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        locator.putInt(0x07064B50)
                .putInt(0)
                .putLong((long) from + header.capacity())
                .putInt(1);
        end.putShort(8, (short) -1).putShort(10, (short) -1).putInt(12, -1).putInt(16, -1);
        var whole = new ByteArrayOutputStream();
        whole.write(plain, 0, from);
        whole.writeBytes(header.array());
        whole.writeBytes(record.array());
        whole.writeBytes(locator.array());
        whole.write(plain, plain.length - END, END);
        return Files.write(folder.resolve("large.zip"), whole.toByteArray());
    }

    private static ByteBuffer ordered(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static FileTree open(Path zip) {
        return FileTree.open(zip, new ReadLimits(10, 1000), 1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "20", "24", "42", "24 42", "20 24 42"})
    void numbersStandInTheExtraFieldWhereTheHeaderHasNone(String places) throws IOException {
        List<Integer> absent = places.isEmpty()
                ? List.of()
                : List.of(places.split(" ", -1)).stream().map(Integer::valueOf).toList();

        try (FileTree tree = open(zip(absent, _ -> {}))) {
            assertThat(tree.size()).isOne();
            assertThat(tree.path(0)).isEqualTo("b");
            assertThat(tree.bytes(0)).isEqualTo(CONTENT.length);
            assertThat(tree.read(0)).isEqualTo(CONTENT);
        }
    }

    @Test
    void aDirectoryThatCannotBeWhereItSaysIsDamaged() throws IOException {
        List<Consumer<ByteBuffer>> damages = List.of(
                record -> record.putInt(0, 0x06064B51),
                record -> record.putLong(32, -1),
                record -> record.putLong(40, -1),
                record -> record.putLong(48, -1),
                record -> record.putLong(48, 1 << 20));
        for (Consumer<ByteBuffer> damage : damages) {
            Path zip = zip(List.of(BYTES), damage);

            assertThatThrownBy(() -> open(zip))
                    .isInstanceOf(InvalidArchiveException.class)
                    .hasMessage("the archive's directory is damaged or cut short");
        }
    }

    @Test
    void moreEntriesThanAllowedAreRefusedBeforeTheyAreRead() throws IOException {
        Path zip = zip(List.of(), record -> record.putLong(32, 1L << 40));

        assertThatThrownBy(() -> open(zip))
                .hasMessage("the archive has %d entries, more than the allowed 10".formatted(1L << 40));
    }
}
