package dev.palimpsest.checkpoints;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/// Counts and digests what is written through it.
final class DigestingOutput extends FilterOutputStream {

    private final MessageDigest digest = Digests.sha256();
    private long length;

    DigestingOutput(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int value) throws IOException {
        out.write(value);
        digest.update((byte) value);
        length++;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        out.write(bytes, offset, count);
        digest.update(bytes, offset, count);
        length += count;
    }

    /// What was written so far; once.
    StoredFile written(String name) {
        return new StoredFile(name, length, Digests.hex(digest));
    }
}
