package dev.palimpsest.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Bytes outside the heap, of any length, that become a tensor without a copy.
///
/// Any number of threads may write at once, each its own stretch. The memory lives as long as this object or
/// a tensor of it: the last one closed frees it.
public final class HostBytes implements AutoCloseable {

    /// Of the names of files, for the moment that they have one.
    public static final String PREFIX = "pictures-";

    /// Of one buffer onto the memory; a buffer reaches 2 GiB at most.
    private static final long WINDOW = 1L << 30;

    private static final int ZEROS = 1 << 20;

    private final Program program;
    private final TensorScope scope;
    private final Tensor flat;
    private final boolean mapped;
    private final long window;
    private final List<ByteBuffer> windows = new ArrayList<>();

    private HostBytes(TorchRuntime runtime, TensorScope scope, Tensor flat, boolean mapped, long window) {
        this.program = runtime.program();
        this.scope = scope;
        this.flat = flat;
        this.mapped = mapped;
        this.window = window;
        for (long at = 0; at < flat.elements(); at += window) {
            long[] size = {Math.min(window, flat.elements() - at)};
            windows.add(program.call(scope, "window", flat, at, size).array().toByteBuffer(true));
        }
    }

    /// In libtorch's own memory; undefined until written.
    public static HostBytes inMemory(TorchRuntime runtime, long bytes) {
        return inMemory(runtime, bytes, WINDOW);
    }

    static HostBytes inMemory(TorchRuntime runtime, long bytes, long window) {
        TensorScope scope = runtime.scope();
        try {
            Tensor flat = runtime.program().call(scope, "room", bytes);
            return new HostBytes(runtime, scope, flat, false, window);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /// In a file, of which the system keeps in memory what is used and what it has room for. The file has lost
    /// its name when this returns: whatever ends the process, nothing of it stays.
    ///
    /// @param folder made if it is not there
    /// @param bytes at least 1
    public static HostBytes inFile(TorchRuntime runtime, Path folder, long bytes) {
        return inFile(runtime, folder, bytes, WINDOW);
    }

    static HostBytes inFile(TorchRuntime runtime, Path folder, long bytes, long window) {
        TensorScope scope = runtime.scope();
        try {
            Path file = Files.createTempFile(Files.createDirectories(folder), PREFIX, "");
            try {
                allocate(file, bytes);
                Tensor flat = runtime.program().call(scope, "mapped", file.toString(), bytes);
                return new HostBytes(runtime, scope, flat, true, window);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            scope.close();
            throw new UncheckedIOException("cannot make room for pictures in " + folder, e);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /// Takes the blocks now: a full disk is an exception here and a killed process later.
    private static void allocate(Path file, long bytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, bytes));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; ) {
                zeros.clear().limit((int) Math.min(left, zeros.capacity()));
                while (zeros.hasRemaining()) {
                    left -= channel.write(zeros);
                }
            }
        }
    }

    /// Whether they lie in a file.
    public boolean mapped() {
        return mapped;
    }

    /// Writes a stretch.
    ///
    /// @param offset where it begins here
    /// @param from where it begins in the source
    public void put(long offset, byte[] source, int from, int count) {
        for (int done = 0; done < count; ) {
            long at = offset + done;
            ByteBuffer buffer = windows.get((int) (at / window));
            int start = (int) (at % window);
            int size = Math.min(count - done, buffer.capacity() - start);
            buffer.put(start, source, from + done, size);
            done += size;
        }
    }

    /// A tensor of this memory, which belongs to the caller.
    ///
    /// @param shape of as many elements as there are bytes
    public Tensor tensor(long... shape) {
        return scope.keep(program.call(scope, "window", flat, 0L, shape));
    }

    @Override
    public void close() {
        windows.clear(); // a write after the end must find nothing
        scope.close();
    }
}
