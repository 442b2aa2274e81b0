package dev.palimpsest.torch;

/// A program did not return. The runtime stays usable unless the kind is [TorchFailure#DEVICE_LOST].
public final class TorchException extends RuntimeException {
    private final TorchFailure kind;

    TorchException(TorchFailure kind, String message) {
        super(message);
        this.kind = kind;
    }

    TorchException(TorchFailure kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public TorchFailure kind() {
        return kind;
    }
}
