package dev.palimpsest.torch;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/// A safetensors file, mapped: reading a tensor touches its own bytes only, and files beyond 2 GiB are fine.
///
/// The header is checked when the file is opened; every fault is an [InvalidSafetensorsException]. Names keep
/// the order of the header. Safe for several threads until it is closed.
public final class Safetensors implements AutoCloseable {
    /// What the format's own reader allows.
    private static final long LONGEST_HEADER = 100_000_000;

    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORTS =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfFloat FLOATS =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLES =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int HALF_EXPONENT = 0x7c00;
    private static final int BRAIN_EXPONENT = 0x7f80;

    private final Path file;
    private final Arena arena;
    private final MemorySegment data;
    private final SafetensorsHeader header;

    private Safetensors(Path file, Arena arena, MemorySegment data, SafetensorsHeader header) {
        this.file = file;
        this.arena = arena;
        this.data = data;
        this.header = header;
    }

    public static Safetensors open(Path file) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            long size = all.byteSize();
            long length = size < 8 ? -1 : all.get(LONGS, 0);
            if (length < 2 || length > Math.min(LONGEST_HEADER, size - 8)) {
                throw new InvalidSafetensorsException(file + " must begin with the length of its header, 2.."
                        + Math.clamp(size - 8, 2, LONGEST_HEADER) + ", got "
                        + (size < 8 ? size + " bytes in all" : Long.toUnsignedString(length)));
            }
            String text = new String(all.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            MemorySegment data = all.asSlice(8 + length);
            SafetensorsHeader header = SafetensorsHeader.parse(file.toString(), text, data.byteSize());
            return new Safetensors(file, arena, data, header);
        } catch (IOException e) {
            arena.close();
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    public Set<String> names() {
        return header.tensors().keySet();
    }

    public Map<String, String> metadata() {
        return header.metadata();
    }

    public long[] shape(String name) {
        return entry(name).shape();
    }

    /// As the format names it: `F32`, `F16`, `BF16`, `F64`, `I64`, `U8` and so on.
    public String dtype(String name) {
        return entry(name).dtype();
    }

    /// Elements of an `F32`, `F16` or `BF16` tensor; half precision is widened.
    public float[] floats(String name) {
        return read(name).floats();
    }

    /// One tensor, which is read from the file when its elements are asked for: not after this is closed. `F16` and
    /// `BF16` become FLOAT32, `I8`, `I16` and `I32` become INT64, `BOOL` becomes UINT8.
    public HostTensor read(String name) {
        SafetensorsHeader.Entry entry = entry(name);
        MemorySegment bytes = data.asSlice(entry.from(), entry.to() - entry.from());
        long[] shape = entry.shape();
        requireArray(name, shape);
        return switch (entry.dtype()) {
            case "F32" -> new HostTensor(ElementType.FLOAT32, copied(bytes, Float.BYTES), shape);
            case "F64" -> new HostTensor(ElementType.FLOAT64, copied(bytes, Double.BYTES), shape);
            case "I64" -> new HostTensor(ElementType.INT64, copied(bytes, Long.BYTES), shape);
            case "U8", "BOOL" -> new HostTensor(ElementType.UINT8, copied(bytes, Byte.BYTES), shape);
            case "F16" -> floats(shape, i -> Float.float16ToFloat(bytes.getAtIndex(SHORTS, i)));
            case "BF16" -> floats(shape, i -> Float.intBitsToFloat(bytes.getAtIndex(SHORTS, i) << 16)); // upper half
            case "I32" -> integers(shape, i -> bytes.getAtIndex(INTS, i));
            case "I16" -> integers(shape, i -> bytes.getAtIndex(SHORTS, i));
            case "I8" -> integers(shape, i -> bytes.get(ValueLayout.JAVA_BYTE, i));
            default ->
                throw new InvalidSafetensorsException("tensor '" + name + "' of " + file
                        + " must be F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL to be read, got "
                        + entry.dtype());
        };
    }

    /// How many values of a tensor are no number or infinite; 0 for whole numbers. Reads the mapped file in place,
    /// whatever its size.
    public long nonFinite(String name) {
        SafetensorsHeader.Entry entry = entry(name);
        MemorySegment bytes = data.asSlice(entry.from(), entry.to() - entry.from());
        return switch (entry.dtype()) {
            case "F64" -> nonFinite(bytes, Double.BYTES, i -> !Double.isFinite(bytes.getAtIndex(DOUBLES, i)));
            case "F32" -> nonFinite(bytes, Float.BYTES, i -> !Float.isFinite(bytes.getAtIndex(FLOATS, i)));
            case "F16" -> nonFinite(bytes, Short.BYTES, i -> allOnes(bytes.getAtIndex(SHORTS, i), HALF_EXPONENT));
            case "BF16" -> nonFinite(bytes, Short.BYTES, i -> allOnes(bytes.getAtIndex(SHORTS, i), BRAIN_EXPONENT));
            default -> 0;
        };
    }

    private static long nonFinite(MemorySegment bytes, int each, LongPredicate bad) {
        long count = bytes.byteSize() / each;
        long found = 0;
        for (long i = 0; i < count; i++) {
            if (bad.test(i)) {
                found++;
            }
        }
        return found;
    }

    /// Only what is not finite has an exponent of ones.
    private static boolean allOnes(short bits, int exponent) {
        return (bits & exponent) == exponent;
    }

    /// Refuses a tensor with a value that is not finite.
    ///
    /// @throws InvalidSafetensorsException naming it
    public void requireFinite(String name) {
        long found = nonFinite(name);
        if (found > 0) {
            throw new InvalidSafetensorsException(
                    "tensor '" + name + "' of " + file + " has " + found + " values that are not finite");
        }
    }

    /// All tensors, as [#read] gives them.
    public TensorBundle readAll() {
        TensorBundle bundle = new TensorBundle();
        names().forEach(name -> bundle.put(name, read(name)));
        return bundle;
    }

    private SafetensorsHeader.Entry entry(String name) {
        SafetensorsHeader.Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw new InvalidSafetensorsException("there is no tensor '" + name + "' in " + file);
        }
        return entry;
    }

    private void requireArray(String name, long[] shape) {
        long count = Tensor.elements(shape);
        if (count > Integer.MAX_VALUE - 8) {
            throw new InvalidSafetensorsException(
                    "tensor '" + name + "' of " + file + " has " + count + " elements, an array holds fewer");
        }
    }

    /// The bytes as they are: little-endian, like every machine that libtorch runs on.
    private static HostTensor.Elements copied(MemorySegment bytes, int size) {
        return (from, into) -> MemorySegment.ofBuffer(into).copyFrom(bytes.asSlice(from * size, into.remaining()));
    }

    @FunctionalInterface
    private interface FloatAt {
        float get(long index);
    }

    @FunctionalInterface
    private interface IntegerAt {
        long get(long index);
    }

    private static HostTensor floats(long[] shape, FloatAt source) {
        HostTensor.Elements elements = (from, into) -> {
            for (int i = 0; i < into.remaining() / Float.BYTES; i++) {
                into.putFloat(into.position() + i * Float.BYTES, source.get(from + i));
            }
        };
        return new HostTensor(ElementType.FLOAT32, elements, shape);
    }

    private static HostTensor integers(long[] shape, IntegerAt source) {
        HostTensor.Elements elements = (from, into) -> {
            for (int i = 0; i < into.remaining() / Long.BYTES; i++) {
                into.putLong(into.position() + i * Long.BYTES, source.get(from + i));
            }
        };
        return new HostTensor(ElementType.INT64, elements, shape);
    }

    /// Writes a whole file in one pass. Equal bundles and metadata give equal bytes: names stay in the
    /// bundle's order, metadata is sorted, and data with wider elements lies first, so that every tensor is
    /// aligned.
    public static void write(OutputStream out, TensorBundle bundle, Map<String, String> metadata) {
        List<String> laidOut = new ArrayList<>(bundle.names());
        laidOut.sort(Comparator.comparingInt(
                (String name) -> -bundle.get(name).type().sizeBytes()));
        byte[] header = header(bundle, laidOut, metadata);
        try {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write tensors", e);
        }
        laidOut.forEach(name -> bundle.get(name).pieces((at, piece) -> write(out, piece)));
    }

    private static void write(OutputStream out, ByteBuffer piece) {
        try {
            out.write(piece.array(), piece.arrayOffset(), piece.remaining());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write tensors", e);
        }
    }

    private static byte[] header(TensorBundle bundle, List<String> laidOut, Map<String, String> metadata) {
        Map<String, Long> begins = new LinkedHashMap<>();
        long end = 0;
        for (String name : laidOut) {
            begins.put(name, end);
            end += bytes(bundle.get(name));
        }
        List<String> entries = new ArrayList<>();
        if (!metadata.isEmpty()) {
            List<String> pairs = new ArrayList<>();
            new TreeMap<>(metadata).forEach((key, value) -> pairs.add(Json.quoted(key) + ":" + Json.quoted(value)));
            entries.add("\"__metadata__\":{" + String.join(",", pairs) + "}");
        }
        for (String name : bundle.names()) {
            HostTensor tensor = bundle.get(name);
            long begin = begins.getOrDefault(name, 0L);
            entries.add(Json.quoted(name) + ":{\"dtype\":\"" + dtype(tensor.type()) + "\",\"shape\":"
                    + shapeText(tensor.shape()) + ",\"data_offsets\":[" + begin + "," + (begin + bytes(tensor)) + "]}");
        }
        String text = "{" + String.join(",", entries) + "}";
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return (text + " ".repeat(-length & 7)).getBytes(StandardCharsets.UTF_8); // data begins at a multiple of 8
    }

    private static String dtype(ElementType type) {
        return switch (type) {
            case FLOAT32 -> "F32";
            case FLOAT64 -> "F64";
            case INT64 -> "I64";
            case UINT8 -> "U8";
            case BFLOAT16 -> "BF16";
        };
    }

    private static String shapeText(long[] shape) {
        return Arrays.toString(shape).replace(" ", "");
    }

    private static long bytes(HostTensor tensor) {
        return Tensor.elements(tensor.shape()) * tensor.type().sizeBytes();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
