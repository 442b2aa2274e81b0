package dev.palimpsest.torch;

import ai.djl.ndarray.types.DataType;

/// What a tensor consists of. Programs know a type by libtorch's scalar type number.
public enum ElementType {
    FLOAT32(6, 4, DataType.FLOAT32),
    FLOAT64(7, 8, DataType.FLOAT64),
    INT64(4, 8, DataType.INT64),
    /// Bytes 0..255; truth values of a program are read as 0 and 1 of this type.
    UINT8(0, 1, DataType.UINT8),
    /// Made and read by programs only: creating one through the bridge ends the process, and the bridge has
    /// no name for one that a program made.
    BFLOAT16(15, 2, DataType.UNKNOWN);

    private final int code;
    private final int sizeBytes;
    private final DataType bridge;

    ElementType(int code, int sizeBytes, DataType bridge) {
        this.code = code;
        this.sizeBytes = sizeBytes;
        this.bridge = bridge;
    }

    /// libtorch's scalar type, as programs take it.
    public int code() {
        return code;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /// The type for a tensor made from host data.
    DataType bridgeForHostData() {
        if (this == BFLOAT16) {
            throw new IllegalArgumentException(
                    "a tensor from host data must be FLOAT32, FLOAT64, INT64 or UINT8, got BFLOAT16; cast in a program");
        }
        return bridge;
    }

    static ElementType of(DataType type) {
        if (type == DataType.BOOLEAN) {
            return UINT8;
        }
        for (ElementType candidate : values()) {
            if (candidate.bridge == type) {
                return candidate;
            }
        }
        throw new IllegalStateException(
                "a tensor from a program must be FLOAT32, FLOAT64, INT64, UINT8, BFLOAT16 or boolean, got " + type);
    }
}
