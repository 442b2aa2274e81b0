package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipTreeTest {

    private static final ReadLimits LIMITS = new ReadLimits(1000, 10_000);
    private static final int CENTRAL = 0x02014B50;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {"/etc/passwd", "../up.png", "train/../../up.png", "a\\b.png", "C:/a.png", "a//b.png", "./a"})
    void namesThatLeadElsewhereAreRefused(String name) {
        assertThatThrownBy(() -> open(zip(name, "x")))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessageContaining("entry '" + name + "'");
    }

    @Test
    void linksAreRefused() throws IOException {
        Path zip = zip("train/cat/a.png", "/etc/passwd");
        patchCentral(zip, header -> {
            header.put(5, (byte) 3); // made on Unix
            header.putInt(38, 0xA1FF << 16); // lrwxrwxrwx
        });

        assertThatThrownBy(() -> open(zip)).hasMessage("entry 'train/cat/a.png' is a link or no plain file");
    }

    @Test
    void plainFilesMadeOnUnixAreRead() throws IOException {
        Path zip = zip("train/cat/a.png", "content");
        patchCentral(zip, header -> {
            header.put(5, (byte) 3);
            header.putInt(38, 0x81A4 << 16); // -rw-r--r--
        });

        try (ZipTree tree = open(zip)) {
            assertThat(tree.read(0)).asString().isEqualTo("content");
        }
    }

    @Test
    void encryptedEntriesAndUnknownPackingAreRefused() throws IOException {
        Path encrypted = zip("a", "x");
        patchCentral(encrypted, header -> header.putShort(8, (short) (header.getShort(8) | 1)));
        assertThatThrownBy(() -> open(encrypted)).hasMessage("entry 'a' is encrypted");

        Path packed = zip("a", "x");
        patchCentral(packed, header -> header.putShort(10, (short) 12));
        assertThatThrownBy(() -> open(packed)).hasMessageStartingWith("entry 'a' is packed by method 12");
    }

    @Test
    void tooManyAndTooLargeEntriesAreRefused() {
        Path zip = PictureFiles.zip(folder.resolve("a.zip"), Map.of("a", new byte[10_001], "b", new byte[1]));

        assertThatThrownBy(() -> open(zip)).hasMessage("entry 'a' claims 10001 bytes, more than the allowed 10000");
        assertThatThrownBy(() -> ZipTree.open(zip, new ReadLimits(1, 1 << 20), 1 << 20))
                .hasMessage("the archive has 2 entries, more than the allowed 1");
    }

    @Test
    void anEntryThatGivesMoreThanItClaimsIsRefusedWhenRead() throws IOException {
        Path zip = zip("a", "x".repeat(5000));
        patchCentral(zip, header -> header.putInt(24, 50));

        try (ZipTree tree = open(zip)) {
            assertThatThrownBy(() -> tree.read(0)).hasMessage("the archive claims 50 bytes and gives more");
        }
    }

    @Test
    void contentThatChangedIsRefusedWhenRead() throws IOException {
        Path zip = stored("a", "content");
        byte[] bytes = Files.readAllBytes(zip);
        bytes[30 + 1 + 3] ^= 1;
        Files.write(zip, bytes);

        try (ZipTree tree = open(zip)) {
            assertThatThrownBy(() -> tree.read(0)).hasMessage("the archive's checksum of it does not match");
        }
    }

    @Test
    void noZipAndAZipCutShortAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(PictureFiles.zip(folder.resolve("a.zip"), PictureFiles.twoClasses()));
        Path cut = folder.resolve("cut.zip");

        for (int length = 0; length < whole.length; length += Math.max(1, whole.length / 50)) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> open(cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(InvalidArchiveException.class);
        }
        Files.write(cut, Arrays.copyOfRange(whole, 100, whole.length));
        assertThatThrownBy(() -> open(cut)).isInstanceOf(InvalidArchiveException.class);
    }

    @Test
    void anEmptyZipIsRefused() throws IOException {
        Path zip = folder.resolve("a.zip");
        ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN).putInt(0x06054B50);
        Files.write(zip, end.array());

        assertThatThrownBy(() -> open(zip)).hasMessage("the archive has no entry");
    }

    @Test
    void storedAndDeflatedEntriesAreReadInAnyOrder() throws IOException {
        byte[] large = new byte[9_999];
        var draws = new Random(3);
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (draws.nextInt(4) * i);
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("b", large);
        files.put("a", new byte[0]);

        try (ZipTree tree = open(PictureFiles.zip(folder.resolve("a.zip"), files));
                ZipTree stored = open(stored("c", "content"))) {
            assertThat(tree.read(1)).isEqualTo(large);
            assertThat(tree.read(0)).isEmpty();
            assertThat(stored.read(0)).asString().isEqualTo("content");
        }
    }

    /// Zip64 begins at 65,535 entries.
    @Test
    void moreEntriesThanTheOldFormatHoldsAreRead() throws IOException {
        Path zip = folder.resolve("a.zip");
        try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            out.setLevel(0);
            for (int i = 0; i < 70_000; i++) {
                out.putNextEntry(new ZipEntry("%05d".formatted(i)));
                out.write(i);
            }
        }

        try (ZipTree tree = ZipTree.open(zip, new ReadLimits(70_000, 100), 100)) {
            assertThat(tree.size()).isEqualTo(70_000);
            assertThat(tree.path(69_999)).isEqualTo("69999");
            assertThat(tree.read(69_999)).containsExactly((byte) 69_999);
        }
        assertThatThrownBy(() -> open(zip)).hasMessage("the archive has 70000 entries, more than the allowed 1000");
    }

    private static ZipTree open(Path zip) {
        return ZipTree.open(zip, LIMITS, LIMITS.imageBytes());
    }

    private Path zip(String name, String content) {
        return PictureFiles.zip(folder.resolve("a.zip"), Map.of(name, content.getBytes(StandardCharsets.UTF_8)));
    }

    private Path stored(String name, String content) throws IOException {
        Path path = folder.resolve("stored.zip");
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        try (var out = new ZipOutputStream(Files.newOutputStream(path))) {
            out.putNextEntry(entry);
            out.write(bytes);
        }
        return path;
    }

    /// Changes the directory's header of the only entry.
    private static void patchCentral(Path zip, Consumer<ByteBuffer> change) throws IOException {
        byte[] bytes = Files.readAllBytes(zip);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length - 46; at++) {
            if (buffer.getInt(at) == CENTRAL) {
                change.accept(buffer.slice(at, 46).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        Files.write(zip, bytes);
    }
}
