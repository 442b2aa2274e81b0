package dev.palimpsest.experiments;

import dev.palimpsest.checkpoints.CheckpointCorruptException;
import dev.palimpsest.checkpoints.CheckpointMissingException;
import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.StorageFullException;
import dev.palimpsest.data.SplitException;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.torch.TorchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/// Why work with tensors could not be done, in the words of the wire.
final class FailureReasons {

    private FailureReasons() {}

    /// Empty for what nobody foresaw.
    static Optional<StatusReason> of(Throwable failure) {
        return Optional.ofNullable(
                switch (failure) {
                    case InputUnavailableException gone -> gone.reason();
                    case SplitException _ -> StatusReason.DATASET_INVALID;
                    case CheckpointCorruptException _, CheckpointMissingException _ -> StatusReason.CHECKPOINT_CORRUPT;
                    case StorageFullException _ -> StatusReason.DISK_FULL;
                    case CheckpointStorageException _, UncheckedIOException _, IOException _ ->
                        StatusReason.STORAGE_UNAVAILABLE;
                    case TorchException torch -> of(torch);
                    case OutOfMemoryError _ -> StatusReason.HOST_OUT_OF_MEMORY;
                    default -> null;
                });
    }

    /// What a person reads of it. On a card the whole batch goes through at once, on a CPU its size hardly matters.
    static String detail(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        boolean full =
                of(failure).filter(StatusReason.GPU_OUT_OF_MEMORY::equals).isPresent();
        return full ? message + " A smaller batch_size needs less memory." : message;
    }

    private static StatusReason of(TorchException failure) {
        return switch (failure.kind()) {
            case GPU_OUT_OF_MEMORY -> StatusReason.GPU_OUT_OF_MEMORY;
            case HOST_OUT_OF_MEMORY -> StatusReason.HOST_OUT_OF_MEMORY;
            case PROGRAM_FAILED, DEVICE_LOST -> StatusReason.TRAINER_CRASHED;
        };
    }
}
