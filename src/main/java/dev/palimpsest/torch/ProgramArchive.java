package dev.palimpsest.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Program text packed as a TorchScript archive: one stateless module `Ops` whose methods are the functions
/// of the sources. The same sources in the same order give the same bytes, so the digest tells which programs
/// a run used.
///
/// A saved archive loads with `torch.jit.load` in PyTorch 2.5 or newer.
public final class ProgramArchive {
    /// Every source that the application runs, in the order they are joined.
    public static final List<String> MAIN_SOURCES = List.of(
            "store",
            "kernels",
            "vit",
            "adapters",
            "pixels",
            "train",
            "evaluate",
            "statistics",
            "align",
            "moments",
            "ridge",
            "merge",
            "subspace");

    private static final String HEADER = """
            class Ops(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    /// Of every entry: a clock, or a time zone, would change the digest.
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    private final byte[] bytes;

    private ProgramArchive(byte[] bytes) {
        this.bytes = bytes;
    }

    /// Joins sources in the given order.
    ///
    /// @param sourceNames names of class path resources `torch/<name>.py`; top-level functions with `self`
    ///     first
    public static ProgramArchive of(List<String> sourceNames) {
        StringBuilder functions = new StringBuilder();
        sourceNames.forEach(name -> functions.append(source(name)).append('\n'));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            put(zip, "ops/data.pkl", module());
            put(zip, "ops/code/__torch__.py", utf8(HEADER + functions.toString().indent(2)));
            put(zip, "ops/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // an empty tuple
            put(zip, "ops/byteorder", utf8("little"));
            put(zip, "ops/version", utf8("10\n"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pack the programs " + sourceNames, e);
        }
        return new ProgramArchive(bytes.toByteArray());
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /// Digest of the archive in lower-case hexadecimal.
    public String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    public void save(Path file) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot save the programs to " + file, e);
        }
    }

    private static String source(String name) {
        String resource = "/torch/" + name + ".py";
        try (InputStream in = ProgramArchive.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no program source " + resource + " on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the program source " + resource, e);
        }
    }

    /// A pickle of an instance of `__torch__.Ops` with the attribute `training = True`.
    private static byte[] module() {
        byte[] type = utf8("c__torch__\nOps\n");
        byte[] attribute = utf8("training");
        ByteBuffer pickle = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        pickle.put((byte) 0x80).put((byte) 2); // protocol 2
        pickle.put(type).put((byte) ')').put((byte) 0x81); // global, empty tuple, new object
        pickle.put((byte) '}').put((byte) '('); // empty dict, mark
        pickle.put((byte) 'X').putInt(attribute.length).put(attribute).put((byte) 0x88); // key, true
        pickle.put((byte) 'u').put((byte) 'b').put((byte) '.'); // set items, build, stop
        byte[] result = new byte[pickle.position()];
        pickle.flip().get(result);
        return result;
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
