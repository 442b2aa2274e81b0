package dev.palimpsest.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A safetensors file as bytes, for tests of plain Java that want no engine.
public final class GoldenTensors {

    private final byte[] file;
    private final int dataStart;
    private final JsonNode header;

    private GoldenTensors(byte[] file, int dataStart, JsonNode header) {
        this.file = file;
        this.dataStart = dataStart;
        this.header = header;
    }

    public static GoldenTensors read(Path path) {
        try {
            byte[] file = Files.readAllBytes(path);
            int length =
                    (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            String header = new String(file, 8, length, StandardCharsets.UTF_8);
            return new GoldenTensors(
                    file, 8 + length, JsonMapper.builder().build().readTree(header));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Collection<String> names() {
        return header.propertyNames();
    }

    public boolean has(String name) {
        return header.has(name);
    }

    public long[] shape(String name) {
        JsonNode shape = entry(name).get("shape");
        long[] result = new long[shape.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = shape.get(i).longValue();
        }
        return result;
    }

    /// The values as they are stored, little-endian.
    public byte[] bytes(String name) {
        JsonNode offsets = entry(name).get("data_offsets");
        return Arrays.copyOfRange(
                file,
                dataStart + offsets.get(0).intValue(),
                dataStart + offsets.get(1).intValue());
    }

    private JsonNode entry(String name) {
        JsonNode entry = header.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return entry;
    }
}
