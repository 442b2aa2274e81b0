package dev.palimpsest.files;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;

/// A stretch of a file, read by position so that threads do not disturb each other. Ends where the stretch
/// ends.
final class ChannelSlice extends InputStream {

    private static final int BLOCK = 1 << 13;

    private final FileChannel channel;
    private final long end;
    private long at;
    private InputStream block = InputStream.nullInputStream();

    ChannelSlice(FileChannel channel, long start, long length) {
        this.channel = channel;
        this.at = start;
        this.end = start + length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = block.read(target, offset, length);
        if (count >= 0 || at >= end) {
            return count;
        }
        byte[] bytes = new byte[(int) Math.min(BLOCK, end - at)];
        ZipDirectory.readAt(channel, at, bytes.length).get(bytes);
        at += bytes.length;
        block = new ByteArrayInputStream(bytes);
        return block.read(target, offset, length);
    }
}
