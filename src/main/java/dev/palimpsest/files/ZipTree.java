package dev.palimpsest.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// The files of a zip, read in place: nothing is ever unpacked to disk.
final class ZipTree implements FileTree {

    private static final int LOCAL_HEADER = 30;
    private static final int LOCAL_SIGNATURE = 0x04034B50;

    private final Path file;
    private final FileChannel channel;
    private final List<ZipDirectory.Entry> entries;

    private ZipTree(Path file, FileChannel channel, List<ZipDirectory.Entry> entries) {
        this.file = file;
        this.channel = channel;
        this.entries = entries;
    }

    /// @throws InvalidArchiveException as [ZipDirectory#read] does
    static ZipTree open(Path file, ReadLimits limits, long fileBytes) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                return new ZipTree(file, channel, ZipDirectory.read(channel, limits.archiveEntries(), fileBytes));
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            ReadInterruption.check(e);
            throw new InvalidArchiveException("the archive cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public String path(int row) {
        return entries.get(row).name();
    }

    @Override
    public long bytes(int row) {
        return entries.get(row).bytes();
    }

    @Override
    public InputStream open(int row) throws IOException {
        ZipDirectory.Entry entry = entries.get(row);
        InputStream packed = new ChannelSlice(channel, dataOffset(entry), entry.packedBytes());
        if (!entry.deflated()) {
            return packed;
        }
        Inflater inflater = new Inflater(true);
        return new FilterInputStream(new InflaterInputStream(packed, inflater)) {
            @Override
            public void close() throws IOException {
                super.close();
                inflater.end();
            }
        };
    }

    @Override
    public byte[] read(int row) throws IOException {
        ZipDirectory.Entry entry = entries.get(row);
        byte[] bytes;
        try (InputStream stream = open(row)) {
            // one byte more than claimed shows an entry that gives more than it claims
            bytes = stream.readNBytes((int) entry.bytes() + 1);
        }
        if (bytes.length != entry.bytes()) {
            throw new IOException("the archive claims %d bytes and gives %s"
                    .formatted(entry.bytes(), bytes.length < entry.bytes() ? bytes.length : "more"));
        }
        CRC32 crc = new CRC32();
        crc.update(bytes);
        if (crc.getValue() != entry.crc()) {
            throw new IOException("the archive's checksum of it does not match");
        }
        return bytes;
    }

    /// The local header repeats the name and has an extra field of its own length.
    private long dataOffset(ZipDirectory.Entry entry) throws IOException {
        ByteBuffer header = ZipDirectory.readAt(channel, entry.headerOffset(), LOCAL_HEADER);
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw new IOException("the archive has no such entry where its directory says");
        }
        int nameLength = header.getShort(26) & 0xFFFF;
        int extraLength = header.getShort(28) & 0xFFFF;
        return entry.headerOffset() + LOCAL_HEADER + nameLength + extraLength;
    }

    @Override
    public boolean archive() {
        return true;
    }

    @Override
    public String sha256() {
        MessageDigest digest = Sha256.start();
        byte[] buffer = new byte[1 << 16];
        try (InputStream stream = Files.newInputStream(file)) {
            int count;
            while ((count = stream.read(buffer)) > 0) {
                digest.update(buffer, 0, count);
            }
        } catch (IOException e) {
            ReadInterruption.check(e);
            throw new UncheckedIOException("the archive's digest cannot be taken", e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the archive cannot be closed", e);
        }
    }
}
