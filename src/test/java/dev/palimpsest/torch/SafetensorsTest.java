package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    @TempDir
    private Path folder;

    @Test
    void valuesThatAreNotFiniteAreCountedInEveryType() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(Double.NaN).putDouble(-Double.MAX_VALUE);
        data.putFloat(Float.NEGATIVE_INFINITY).putFloat(Float.MAX_VALUE).putFloat(Float.intBitsToFloat(0x7f800001));
        data.putShort((short) 0x7C00).putShort((short) 0xFE01).putShort((short) 0x7BFF); // binary16: inf, NaN, 65504
        data.putShort((short) 0x7F80).putShort((short) 0xFFC0).putShort((short) 0x7F7F); // bfloat16: inf, NaN, largest
        data.putLong(-1);
        String header = """
                {"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},
                 "f":{"dtype":"F32","shape":[3],"data_offsets":[16,28]},
                 "h":{"dtype":"F16","shape":[3],"data_offsets":[28,34]},
                 "b":{"dtype":"BF16","shape":[3],"data_offsets":[34,40]},
                 "l":{"dtype":"I64","shape":[1],"data_offsets":[40,48]},
                 "e":{"dtype":"F32","shape":[0],"data_offsets":[48,48]}}""";

        try (Safetensors file = Safetensors.open(write(header, data.flip()))) {
            assertThat(file.nonFinite("d")).isOne();
            assertThat(file.nonFinite("f")).isEqualTo(2);
            assertThat(file.nonFinite("h")).isEqualTo(2);
            assertThat(file.nonFinite("b")).isEqualTo(2);
            assertThat(file.nonFinite("l")).isZero();
            assertThat(file.nonFinite("e")).isZero();
            file.requireFinite("l");
            assertThatThrownBy(() -> file.requireFinite("h"))
                    .isInstanceOf(InvalidSafetensorsException.class)
                    .hasMessageContaining("tensor 'h'")
                    .hasMessageContaining("2 values that are not finite");
        }
    }

    @Test
    void everyTypeIsReadAndHalvesAreWidened() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(1e-300).putLong(Long.MIN_VALUE).putFloat(1.5f).putInt(-7);
        data.putShort((short) 0x3C01); // binary16: 1 + 2^-10
        data.putShort((short) 0x0001); // binary16: the smallest subnormal, 2^-24
        data.putShort((short) 0x3F81); // bfloat16: 1 + 2^-7
        data.putShort((short) 0xFF80); // bfloat16: minus infinity
        data.put((byte) 200).put((byte) -1).put((byte) 1);
        String header = """
                {"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},
                 "l":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},
                 "f":{"dtype":"F32","shape":[1,1],"data_offsets":[16,20]},
                 "i":{"dtype":"I32","shape":[1],"data_offsets":[20,24]},
                 "h":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},
                 "b":{"dtype":"BF16","shape":[2],"data_offsets":[28,32]},
                 "u":{"dtype":"U8","shape":[1],"data_offsets":[32,33]},
                 "s":{"dtype":"I8","shape":[1],"data_offsets":[33,34]},
                 "t":{"dtype":"BOOL","shape":[1],"data_offsets":[34,35]},
                 "e":{"dtype":"F32","shape":[0,3],"data_offsets":[35,35]}}""";

        try (Safetensors file = Safetensors.open(write(header, data.flip()))) {
            assertThat(file.names()).containsExactly("d", "l", "f", "i", "h", "b", "u", "s", "t", "e");
            assertThat(file.read("d").doubles()).containsExactly(1e-300);
            assertThat(file.shape("d")).isEmpty();
            assertThat(file.read("l").longs()).containsExactly(Long.MIN_VALUE);
            assertThat(file.floats("f")).containsExactly(1.5f);
            assertThat(file.read("i").longs()).containsExactly(-7);
            assertThat(file.floats("h")).containsExactly(1 + 0x1p-10f, 0x1p-24f);
            assertThat(file.floats("b")).containsExactly(1 + 0x1p-7f, Float.NEGATIVE_INFINITY);
            assertThat(file.dtype("b")).isEqualTo("BF16");
            assertThat(file.read("b").type()).isEqualTo(ElementType.FLOAT32);
            assertThat(file.read("u").bytes()).containsExactly(200);
            assertThat(file.read("s").longs()).containsExactly(-1);
            assertThat(file.read("t").bytes()).containsExactly(1);
            assertThat(file.floats("e")).isEmpty();
            assertThat(file.shape("e")).containsExactly(0, 3);
            assertThat(file.metadata()).isEmpty();
            assertThatThrownBy(() -> file.read("x"))
                    .isInstanceOf(InvalidSafetensorsException.class)
                    .hasMessageStartingWith("there is no tensor 'x' in ");
            assertThatThrownBy(() -> file.floats("d")).hasMessage("host tensor [] holds FLOAT64, not FLOAT32");
        }
    }

    @Test
    void aTensorOfATypeWithoutAMeaningHereIsNamedWhenItIsRead() throws IOException {
        String header = "{\"x\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}";

        try (Safetensors file = Safetensors.open(write(header, ByteBuffer.allocate(8)))) {
            assertThat(file.dtype("x")).isEqualTo("U64");
            assertThatThrownBy(() -> file.read("x"))
                    .hasMessageStartingWith("tensor 'x' of " + folder)
                    .hasMessageEndingWith("to be read, got U64");
        }
    }

    @Test
    void offsetsBeyondTwoGibibytesAreFine() throws IOException {
        long big = 3_000_000_000L;
        String header = "{\"big\":{\"dtype\":\"U8\",\"shape\":[3000000000],\"data_offsets\":[0,3000000000]},"
                + "\"tail\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3000000000,3000000008]}}";
        Path path = write(header, ByteBuffer.allocate(0));
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) { // a hole takes no space
            ByteBuffer tail = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(1)
                    .putFloat(2);
            channel.write(tail.flip(), channel.size() + big);
        }

        try (Safetensors file = Safetensors.open(path)) {
            assertThat(file.floats("tail")).containsExactly(1, 2);
            assertThatThrownBy(() -> file.read("big"))
                    .hasMessageContaining("'big'")
                    .hasMessageContaining("has 3000000000 elements");
        }
    }

    static Stream<Arguments> faults() {
        String good = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
        String next = ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%s]}}";
        return Stream.of(
                Arguments.of("{" + good + next.formatted("4,12"), 12, "'b'", "overlaps its predecessor"),
                Arguments.of("{" + good + next.formatted("12,20"), 20, "'b'", "follows a gap"),
                Arguments.of("{" + good + "}", 4, "'a'", "ends at byte 8 of the data, the file has only 4"),
                Arguments.of("{" + good + "}", 12, "", "has 12 bytes of data, its tensors fill only 8"),
                Arguments.of("{" + good.replace("[0,8]", "[0,12]") + "}", 12, "'a'", "needs 8 bytes"),
                Arguments.of("{" + good.replace("[0,8]", "[8,0]") + "}", 8, "'a'", "rising order"),
                Arguments.of("{" + good.replace("[0,8]", "[0]") + "}", 8, "'a'", "two data_offsets"),
                Arguments.of("{" + good.replace("[2]", "[-2]") + "}", 8, "'a'", "whole numbers from 0 on in shape"),
                Arguments.of("{" + good.replace("[2]", "2") + "}", 8, "'a'", "an array as shape"),
                Arguments.of(
                        "{" + good.replace("[2]", "[4611686018427387904,4]") + "}", 8, "'a'", "shape beyond 64 bits"),
                Arguments.of("{" + good.replace("F32", "F33") + "}", 8, "'a'", "got F33"),
                Arguments.of("{" + good.replace("\"F32\"", "32") + "}", 8, "'a'", "got 32"),
                Arguments.of("{" + good.replace("shape", "size") + "}", 8, "'a'", "fields dtype, shape"),
                Arguments.of("{\"a\":3}", 8, "'a'", "got 3"),
                Arguments.of("{" + good + "," + good + "}", 8, "", "stands twice"),
                Arguments.of("{\"__metadata__\":{\"a\":3}," + good + "}", 8, "metadata 'a'", "must be a string"),
                Arguments.of("{\"__metadata__\":3," + good + "}", 8, "metadata", "object of strings"),
                Arguments.of("[" + good.substring(4) + "]", 8, "", "must be an object"),
                Arguments.of("{" + good, 8, "", "more text"),
                Arguments.of("{" + good + "}x", 8, "", "nothing more"),
                Arguments.of("{" + good.replace("[2]", "[2.0]") + "}", 8, "", "at character"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultyHeaderIsRefusedWithFileAndTensor(String header, int bytes, String who, String what) throws IOException {
        Path path = write(header, ByteBuffer.allocate(bytes));

        assertThatThrownBy(() -> Safetensors.open(path))
                .isInstanceOf(InvalidSafetensorsException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining(who)
                .hasMessageContaining(what);
    }

    @Test
    void aFileTooShortForItsHeaderIsRefused() throws IOException {
        Path empty = Files.write(folder.resolve("empty"), new byte[3]);
        Path cut = Files.write(
                folder.resolve("cut"),
                ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(5)
                        .array());
        Path wild = Files.write(
                folder.resolve("wild"),
                ByteBuffer.allocate(12)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(-1)
                        .array());

        assertThatThrownBy(() -> Safetensors.open(empty))
                .isInstanceOf(InvalidSafetensorsException.class)
                .hasMessageEndingWith("got 3 bytes in all");
        assertThatThrownBy(() -> Safetensors.open(cut)).hasMessageEndingWith("2..4, got 5");
        assertThatThrownBy(() -> Safetensors.open(wild)).hasMessageEndingWith("got 18446744073709551615");
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        TensorBundle bundle = new TensorBundle()
                .put("bytes", HostTensor.ofBytes(new byte[] {1, (byte) 255, 3}, 3))
                .put("näme \"x\"\n", HostTensor.ofFloats(new float[] {1, Float.MIN_VALUE}, 2, 1))
                .put("longs", HostTensor.ofLongs(new long[] {-5}, 1))
                .put("doubles", HostTensor.ofDoubles(new double[] {Math.PI, -0.0}, 2))
                .put("none", HostTensor.ofFloats(new float[0], 0))
                .put("many", HostTensor.ofDoubles(new double[300_000], 3, 100_000));
        Path path = folder.resolve("out.safetensors");
        try (var out = Files.newOutputStream(path)) {
            Safetensors.write(out, bundle, Map.of("format", "pt", "a", "\\"));
        }

        try (Safetensors file = Safetensors.open(path)) {
            TensorBundle read = file.readAll();

            assertThat(read.names()).containsExactlyElementsOf(bundle.names());
            assertThat(read.get("bytes").bytes()).containsExactly(1, 255, 3);
            assertThat(read.get("näme \"x\"\n").floats()).containsExactly(1, Float.MIN_VALUE);
            assertThat(read.get("näme \"x\"\n").shape()).containsExactly(2, 1);
            assertThat(read.get("longs").longs()).containsExactly(-5);
            assertThat(read.get("doubles").doubles()).containsExactly(Math.PI, -0.0);
            assertThat(read.get("none").floats()).isEmpty();
            assertThat(read.get("many").doubles()).hasSize(300_000);
            assertThat(file.metadata()).containsExactly(Map.entry("a", "\\"), Map.entry("format", "pt"));
        }
    }

    @Test
    void equalBundlesGiveEqualBytes() {
        assertThat(bytes(Map.of("a", "1", "b", "2", "c", "3"))).isEqualTo(bytes(Map.of("c", "3", "b", "2", "a", "1")));
    }

    private static byte[] bytes(Map<String, String> metadata) {
        TensorBundle bundle = new TensorBundle();
        for (String name : List.of("z", "a", "m")) {
            bundle.put(name, HostTensor.ofFloats(new float[] {1, 2}, 2));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Safetensors.write(out, bundle, metadata);
        return out.toByteArray();
    }

    @Test
    void everyGoldenFileIsValid() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(System.getProperty("palimpsest.golden")))) {
            List<Path> found =
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList();

            assertThat(found).isNotEmpty().allSatisfy(path -> {
                try (Safetensors file = Safetensors.open(path)) {
                    assertThat(file.readAll().names()).isNotEmpty();
                }
            });
        }
    }

    private Path write(String header, ByteBuffer data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + text.length + data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(text.length).put(text).put(data);
        return Files.write(folder.resolve("some.safetensors"), all.array());
    }
}
