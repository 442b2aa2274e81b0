package dev.palimpsest.jobs;

import java.util.Locale;

/// Why a job is in its state, or why an attempt ended.
public enum StatusReason {
    USER_CANCELLED,
    USER_PAUSED,
    TIME_LIMIT_EXCEEDED,
    WORKER_LOST,
    HANDED_BACK,
    GPU_OUT_OF_MEMORY,
    HOST_OUT_OF_MEMORY,
    DISK_FULL,
    STORAGE_UNAVAILABLE,
    NON_FINITE_LOSS,
    DATASET_UNAVAILABLE,
    DATASET_INVALID,
    BACKBONE_UNAVAILABLE,
    CONFIG_REJECTED,
    CHECKPOINT_CORRUPT,
    TRAINER_CRASHED,
    RETRY_LIMIT_EXCEEDED,
    INTERNAL_ERROR;

    /// Whether another attempt may end better; all other reasons would come back in the same way.
    public boolean retryable() {
        return switch (this) {
            case WORKER_LOST, STORAGE_UNAVAILABLE, INTERNAL_ERROR -> true;
            case USER_CANCELLED,
                    USER_PAUSED,
                    TIME_LIMIT_EXCEEDED,
                    HANDED_BACK,
                    GPU_OUT_OF_MEMORY,
                    HOST_OUT_OF_MEMORY,
                    DISK_FULL,
                    NON_FINITE_LOSS,
                    DATASET_UNAVAILABLE,
                    DATASET_INVALID,
                    BACKBONE_UNAVAILABLE,
                    CONFIG_REJECTED,
                    CHECKPOINT_CORRUPT,
                    TRAINER_CRASHED,
                    RETRY_LIMIT_EXCEEDED -> false;
        };
    }

    /// The word for this reason on the wire.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
