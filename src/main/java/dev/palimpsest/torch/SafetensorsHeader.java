package dev.palimpsest.torch;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The checked head of a safetensors file: which tensor lies where. `from` and `to` count from the end of the
/// header.
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
    private static final Map<String, Integer> SIZES = Map.ofEntries(
            Map.entry("F64", 8),
            Map.entry("I64", 8),
            Map.entry("U64", 8),
            Map.entry("F32", 4),
            Map.entry("I32", 4),
            Map.entry("U32", 4),
            Map.entry("F16", 2),
            Map.entry("BF16", 2),
            Map.entry("I16", 2),
            Map.entry("U16", 2),
            Map.entry("I8", 1),
            Map.entry("U8", 1),
            Map.entry("BOOL", 1),
            Map.entry("F8_E4M3", 1),
            Map.entry("F8_E5M2", 1));

    record Entry(String dtype, List<Long> sizes, long from, long to) {
        long[] shape() {
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }
    }

    SafetensorsHeader {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /// @param dataBytes what follows the header in the file
    /// @throws InvalidSafetensorsException naming `file` and the tensor
    static SafetensorsHeader parse(String file, String text, long dataBytes) {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        Object root;
        try {
            root = Json.read(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidSafetensorsException("the header of " + file + " is not valid: " + e.getMessage());
        }
        if (!(root instanceof Map<?, ?> names)) {
            throw new InvalidSafetensorsException("the header of " + file + " must be an object");
        }
        names.forEach((key, value) -> {
            String name = String.valueOf(key);
            if (name.equals("__metadata__")) {
                metadata.putAll(strings(file, value));
            } else {
                tensors.put(name, entry("tensor '" + name + "' of " + file, value));
            }
        });
        requireGapless(file, tensors, dataBytes);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static Map<String, String> strings(String file, Object value) {
        Map<String, String> strings = new LinkedHashMap<>();
        if (!(value instanceof Map<?, ?> entries)) {
            throw new InvalidSafetensorsException("the metadata of " + file + " must be an object of strings");
        }
        entries.forEach((key, text) -> {
            if (!(text instanceof String string)) {
                throw new InvalidSafetensorsException(
                        "the metadata '" + key + "' of " + file + " must be a string, got " + text);
            }
            strings.put(String.valueOf(key), string);
        });
        return strings;
    }

    private static Entry entry(String tensor, Object value) {
        if (!(value instanceof Map<?, ?> fields) || !fields.keySet().equals(Set.of("dtype", "shape", "data_offsets"))) {
            throw new InvalidSafetensorsException(
                    tensor + " must have the fields dtype, shape and data_offsets, got " + value);
        }
        Integer size = fields.get("dtype") instanceof String name ? SIZES.get(name) : null;
        if (size == null) {
            throw new InvalidSafetensorsException(tensor + " must have a dtype of "
                    + SIZES.keySet().stream().sorted().toList() + ", got " + fields.get("dtype"));
        }
        long[] shape = numbers(tensor, "shape", fields.get("shape"));
        long[] offsets = numbers(tensor, "data_offsets", fields.get("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw new InvalidSafetensorsException(
                    tensor + " must have two data_offsets in rising order, got " + fields.get("data_offsets"));
        }
        if (bytes(tensor, shape, size) != offsets[1] - offsets[0]) {
            throw new InvalidSafetensorsException(tensor + " of shape " + fields.get("shape") + " and dtype "
                    + fields.get("dtype") + " needs " + bytes(tensor, shape, size) + " bytes, its data_offsets hold "
                    + (offsets[1] - offsets[0]));
        }
        return new Entry(
                String.valueOf(fields.get("dtype")),
                Arrays.stream(shape).boxed().toList(),
                offsets[0],
                offsets[1]);
    }

    private static long bytes(String tensor, long[] shape, int size) {
        try {
            return Math.multiplyExact(Tensor.elements(shape), size);
        } catch (ArithmeticException _) {
            throw new InvalidSafetensorsException(tensor + " has a shape beyond 64 bits");
        }
    }

    private static long[] numbers(String tensor, String field, @Nullable Object value) {
        if (!(value instanceof List<?> items)) {
            throw new InvalidSafetensorsException(tensor + " must have an array as " + field + ", got " + value);
        }
        return items.stream()
                .mapToLong(item -> {
                    if (!(item instanceof Long number) || number < 0) {
                        throw new InvalidSafetensorsException(
                                tensor + " must have whole numbers from 0 on in " + field + ", got " + item);
                    }
                    return number;
                })
                .toArray();
    }

    /// Every byte of the data belongs to one tensor exactly: nothing hidden, nothing shared, nothing missing.
    private static void requireGapless(String file, Map<String, Entry> tensors, long dataBytes) {
        long reached = 0;
        List<Map.Entry<String, Entry>> ordered = tensors.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().from)
                        .thenComparingLong(e -> e.getValue().to))
                .toList();
        for (Map.Entry<String, Entry> next : ordered) {
            String tensor = "tensor '" + next.getKey() + "' of " + file;
            if (next.getValue().from != reached) {
                throw new InvalidSafetensorsException(tensor
                        + (next.getValue().from < reached ? " overlaps its predecessor: it" : " follows a gap: it")
                        + " begins at byte " + next.getValue().from + ", expected " + reached);
            }
            reached = next.getValue().to;
            if (reached > dataBytes) {
                throw new InvalidSafetensorsException(
                        tensor + " ends at byte " + reached + " of the data, the file has only " + dataBytes);
            }
        }
        if (reached != dataBytes) {
            throw new InvalidSafetensorsException(
                    file + " has " + dataBytes + " bytes of data, its tensors fill only " + reached);
        }
    }
}
