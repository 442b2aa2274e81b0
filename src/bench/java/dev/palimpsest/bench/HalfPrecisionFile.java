package dev.palimpsest.bench;

import dev.palimpsest.torch.TensorBundle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Writes weights as float16 safetensors: half the size, read by any service.
final class HalfPrecisionFile {

    private HalfPrecisionFile() {}

    static void write(Path file, TensorBundle weights) throws IOException {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int end = 0;
        for (String name : weights.names()) {
            int bytes = 2 * weights.get(name).floats().length;
            header.append(",\"%s\":{\"dtype\":\"F16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(name, Arrays.toString(weights.get(name).shape()), end, end + bytes));
            end += bytes;
        }
        header.append('}');
        while (header.length() % 8 != 0) {
            header.append(' ');
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + text.length + end).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(text.length).put(text);
        for (String name : weights.names()) {
            for (float value : weights.get(name).floats()) {
                out.putShort(Float.floatToFloat16(value));
            }
        }
        Files.write(file, out.array());
    }
}
