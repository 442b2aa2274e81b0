package dev.palimpsest.files;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The central directory of a zip, read by ourselves: `java.util.zip` hides the file modes, and so the links.
final class ZipDirectory {

    private static final int END = 22;
    private static final int END_SIGNATURE = 0x06054B50;
    private static final int END_64 = 56;
    private static final int END_64_SIGNATURE = 0x06064B50;
    private static final int LOCATOR_64 = 20;
    private static final int LOCATOR_64_SIGNATURE = 0x07064B50;
    private static final int HEADER = 46;
    private static final int HEADER_SIGNATURE = 0x02014B50;
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final long ABSENT_32 = 0xFFFFFFFFL;

    private static final int UNIX = 3;
    private static final int FILE_TYPE = 0xF000;
    private static final int PLAIN_FILE = 0x8000;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED = 1;

    /// A file inside; folders are left out.
    record Entry(String name, boolean deflated, long crc, long packedBytes, long bytes, long headerOffset) {}

    private ZipDirectory() {}

    /// Reads and checks all entries, sorted by name.
    ///
    /// @throws InvalidArchiveException if this is no whole zip; if an entry's name is absolute or climbs, if
    ///     it is a link, encrypted, packed in an unknown way or too large; if there are too many entries or
    ///     none
    static List<Entry> read(FileChannel channel, int mostEntries, long mostBytes) throws IOException {
        Place place = findDirectory(channel);
        if (place.entries() > mostEntries) {
            throw new InvalidArchiveException(
                    "the archive has %d entries, more than the allowed %d".formatted(place.entries(), mostEntries));
        }
        List<Entry> entries = new ArrayList<>();
        InputStream directory = new ChannelSlice(channel, place.offset(), place.bytes());
        for (long i = 0; i < place.entries(); i++) {
            ByteBuffer fixed = next(directory, HEADER);
            int nameLength = fixed.getShort(28) & 0xFFFF;
            int extraLength = fixed.getShort(30) & 0xFFFF;
            int commentLength = fixed.getShort(32) & 0xFFFF;
            if (fixed.getInt(0) != HEADER_SIGNATURE) {
                throw damaged();
            }
            ByteBuffer rest = next(directory, nameLength + extraLength + commentLength);
            String name = name(rest.slice(0, nameLength));
            Entry entry = entry(name, fixed, rest.slice(nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN));
            boolean folder = name.endsWith("/");
            List<String> parts = parts(folder ? name.substring(0, name.length() - 1) : name);
            checkName(name, parts);
            if (!folder) {
                checkContent(entry, fixed, mostBytes, place.offset());
                if (parts.stream().noneMatch(FileTree::hidden)) {
                    entries.add(entry);
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::name));
        checkEntries(entries);
        return entries;
    }

    private static ByteBuffer next(InputStream directory, int length) throws IOException {
        byte[] bytes = directory.readNBytes(length);
        if (bytes.length < length) {
            throw damaged();
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// @param offset where the directory starts in the file
    private record Place(long entries, long bytes, long offset) {}

    private static Place findDirectory(FileChannel channel) throws IOException {
        long length = channel.size();
        int tailLength = (int) Math.min(length, END + LONGEST_COMMENT);
        ByteBuffer tail = readAt(channel, length - tailLength, tailLength);
        for (int at = tailLength - END; at >= 0; at--) {
            if (tail.getInt(at) == END_SIGNATURE && at + END + (tail.getShort(at + 20) & 0xFFFF) <= tailLength) {
                Place place = new Place(
                        tail.getShort(at + 10) & 0xFFFF,
                        tail.getInt(at + 12) & ABSENT_32,
                        tail.getInt(at + 16) & ABSENT_32);
                long end = length - tailLength + at;
                Place found = large(channel, end).orElse(place);
                if (found.offset() < 0 || found.bytes() < 0 || found.offset() > end - found.bytes()) {
                    throw damaged();
                }
                return found;
            }
        }
        throw new InvalidArchiveException("this is no zip, or it is cut short: its directory is missing");
    }

    /// The directory of an archive with more than 65,534 entries or 4 GiB.
    private static Optional<Place> large(FileChannel channel, long end) throws IOException {
        if (end < LOCATOR_64) {
            return Optional.empty();
        }
        ByteBuffer locator = readAt(channel, end - LOCATOR_64, LOCATOR_64);
        if (locator.getInt(0) != LOCATOR_64_SIGNATURE) {
            return Optional.empty();
        }
        long at = locator.getLong(8);
        if (at < 0 || at > end - END_64) {
            throw damaged();
        }
        ByteBuffer record = readAt(channel, at, END_64);
        if (record.getInt(0) != END_64_SIGNATURE || record.getLong(32) < 0) {
            throw damaged();
        }
        return Optional.of(new Place(record.getLong(32), record.getLong(40), record.getLong(48)));
    }

    private static Entry entry(String name, ByteBuffer fixed, ByteBuffer extra) {
        long packed = fixed.getInt(20) & ABSENT_32;
        long bytes = fixed.getInt(24) & ABSENT_32;
        long offset = fixed.getInt(42) & ABSENT_32;
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xFFFF;
            int length = Math.min(extra.getShort() & 0xFFFF, extra.remaining());
            ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            extra.position(extra.position() + length);
            if (id == 1) { // 64-bit numbers, only those that are absent above, in this order
                bytes = bytes == ABSENT_32 && field.remaining() >= 8 ? field.getLong() : bytes;
                packed = packed == ABSENT_32 && field.remaining() >= 8 ? field.getLong() : packed;
                offset = offset == ABSENT_32 && field.remaining() >= 8 ? field.getLong() : offset;
            }
        }
        int method = fixed.getShort(10);
        return new Entry(name, method == DEFLATED, fixed.getInt(16) & ABSENT_32, packed, bytes, offset);
    }

    private static String name(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidArchiveException("an entry's name is not UTF-8", e);
        }
    }

    private static List<String> parts(String name) {
        return List.of(name.split("/", -1));
    }

    private static void checkName(String name, List<String> parts) {
        boolean absolute = name.startsWith("/") || name.matches("^[A-Za-z]:.*");
        if (name.isEmpty() || absolute || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0) {
            throw new InvalidArchiveException("entry '%s': names must be relative, with '/'".formatted(name));
        }
        for (String part : parts) {
            if (part.equals("..") || part.equals(".") || part.isEmpty()) {
                throw new InvalidArchiveException(
                        "entry '%s': '..', '.' and empty parts are not allowed".formatted(name));
            }
        }
    }

    private static void checkContent(Entry entry, ByteBuffer fixed, long mostBytes, long directory) {
        int system = fixed.get(5);
        int type = (fixed.getInt(38) >>> 16) & FILE_TYPE;
        if (system == UNIX && type != 0 && type != PLAIN_FILE) {
            throw new InvalidArchiveException("entry '%s' is a link or no plain file".formatted(entry.name()));
        }
        if ((fixed.getShort(8) & ENCRYPTED) != 0) {
            throw new InvalidArchiveException("entry '%s' is encrypted".formatted(entry.name()));
        }
        int method = fixed.getShort(10);
        if (method != STORED && method != DEFLATED) {
            throw new InvalidArchiveException("entry '%s' is packed by method %d; stored (0) and deflated (8) are read"
                    .formatted(entry.name(), method));
        }
        if (entry.bytes() < 0 || entry.bytes() > mostBytes) {
            throw new InvalidArchiveException("entry '%s' claims %d bytes, more than the allowed %d"
                    .formatted(entry.name(), entry.bytes(), mostBytes));
        }
        boolean inside = entry.packedBytes() >= 0
                && entry.headerOffset() >= 0
                && entry.headerOffset() <= directory - entry.packedBytes();
        if (!inside || (method == STORED && entry.packedBytes() != entry.bytes())) {
            throw new InvalidArchiveException(
                    "entry '%s': the archive is cut short or damaged".formatted(entry.name()));
        }
    }

    private static void checkEntries(List<Entry> entries) {
        if (entries.isEmpty()) {
            throw new InvalidArchiveException("the archive has no entry");
        }
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).name().equals(entries.get(i - 1).name())) {
                throw new InvalidArchiveException(
                        "entry '%s' is there twice".formatted(entries.get(i).name()));
            }
        }
    }

    private static InvalidArchiveException damaged() {
        return new InvalidArchiveException("the archive's directory is damaged or cut short");
    }

    /// Little-endian, as everything in a zip.
    static ByteBuffer readAt(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file ends early");
            }
        }
        return buffer.flip();
    }
}
