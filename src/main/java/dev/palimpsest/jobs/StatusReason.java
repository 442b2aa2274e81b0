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
    NON_FINITE_FEATURES,
    DATABASE_UNAVAILABLE,
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
            case WORKER_LOST, STORAGE_UNAVAILABLE, INTERNAL_ERROR, DISK_FULL, DATABASE_UNAVAILABLE -> true;
            case USER_CANCELLED,
                    USER_PAUSED,
                    TIME_LIMIT_EXCEEDED,
                    HANDED_BACK,
                    GPU_OUT_OF_MEMORY,
                    HOST_OUT_OF_MEMORY,
                    NON_FINITE_LOSS,
                    NON_FINITE_FEATURES,
                    DATASET_UNAVAILABLE,
                    DATASET_INVALID,
                    BACKBONE_UNAVAILABLE,
                    CONFIG_REJECTED,
                    CHECKPOINT_CORRUPT,
                    TRAINER_CRASHED,
                    RETRY_LIMIT_EXCEEDED -> false;
        };
    }

    /// Whether an attempt that ends so counts against the job's limit. What the whole node lacks is not the
    /// fault of a job, and lasts as long as it lasts.
    boolean costsAFailure() {
        return retryable() && this != DISK_FULL && this != DATABASE_UNAVAILABLE;
    }

    /// Whether it is storage that the job waits for.
    public boolean aboutStorage() {
        return this == DISK_FULL || this == STORAGE_UNAVAILABLE;
    }

    /// The word for this reason on the wire.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
