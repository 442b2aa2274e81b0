package dev.palimpsest.runs;

import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.checkpoints.CheckpointCorruptException;
import dev.palimpsest.checkpoints.CheckpointMissingException;
import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.StorageFullException;
import dev.palimpsest.data.SplitException;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.UnreadableImageException;
import dev.palimpsest.jobs.FailureText;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.model.InvalidWeightsException;
import dev.palimpsest.model.NonFiniteException;
import dev.palimpsest.settings.SettingsRefusedException;
import dev.palimpsest.torch.InvalidSafetensorsException;
import dev.palimpsest.torch.TorchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// Why work with tensors could not be done, in the words of the wire.
final class FailureReasons {

    private FailureReasons() {}

    /// Empty for what nobody foresaw.
    ///
    /// Weights of a backbone are told by [RunEngines#load]; every other file of tensors is a checkpoint's.
    static Optional<StatusReason> of(Throwable failure) {
        return Optional.ofNullable(
                switch (failure) {
                    case InputUnavailableException gone ->
                        switch (gone.input()) {
                            case DATASET -> StatusReason.DATASET_UNAVAILABLE;
                            case BACKBONE -> StatusReason.BACKBONE_UNAVAILABLE;
                            case CHECKPOINT -> StatusReason.CHECKPOINT_CORRUPT;
                        };
                    case SplitException _, UnreadableImageException _, InvalidArchiveException _ ->
                        StatusReason.DATASET_INVALID;
                    case SettingsRefusedException _, JacksonException _ -> StatusReason.CONFIG_REJECTED;
                    case CheckpointCorruptException _,
                            CheckpointMissingException _,
                            InvalidSafetensorsException _,
                            InvalidWeightsException _ -> StatusReason.CHECKPOINT_CORRUPT;
                    case NonFiniteException _ -> StatusReason.NON_FINITE_FEATURES;
                    case StorageFullException _ -> StatusReason.DISK_FULL;
                    case UncheckedIOException wrapped -> of(Objects.requireNonNull(wrapped.getCause()));
                    case IOException broken -> of(broken);
                    case CheckpointStorageException _ -> StatusReason.STORAGE_UNAVAILABLE;
                    case TorchException torch -> of(torch);
                    case OutOfMemoryError _ -> StatusReason.HOST_OUT_OF_MEMORY;
                    default -> null;
                });
    }

    /// What a person reads of it, with what can be done about it.
    static String detail(Throwable failure) {
        String message = FailureText.oneLine(failure.getMessage());
        return switch (failure) {
            case UnreadableImageException _ ->
                "A picture cannot be read: %s. Mend or remove it and register the data set under another id."
                        .formatted(message);
            case JacksonException _ ->
                "The stored plan cannot be read by this release; submit the experiment again: " + message;
            // on a card the whole batch goes through at once, on a CPU its size hardly matters
            case TorchException torch
            when of(torch) == StatusReason.GPU_OUT_OF_MEMORY -> message + " A smaller batch_size needs less memory.";
            default -> message;
        };
    }

    private static StatusReason of(IOException failure) {
        return StorageFullException.means(failure) ? StatusReason.DISK_FULL : StatusReason.STORAGE_UNAVAILABLE;
    }

    private static StatusReason of(TorchException failure) {
        return switch (failure.kind()) {
            case GPU_OUT_OF_MEMORY -> StatusReason.GPU_OUT_OF_MEMORY;
            case HOST_OUT_OF_MEMORY -> StatusReason.HOST_OUT_OF_MEMORY;
            case PROGRAM_FAILED, DEVICE_LOST -> StatusReason.TRAINER_CRASHED;
        };
    }
}
