package dev.palimpsest.methods;

import dev.palimpsest.settings.Setting;
import org.jspecify.annotations.Nullable;

/// The trainer's recipe: how each task is trained.
public record TrainingSettings(
        @Setting(min = 1, max = 1000, value = "Passes over the images of a task.")
        int epochs,

        @Setting(min = 1, max = 4096, value = "Images in an optimiser step; the last, smaller batch is kept.")
        int batchSize,

        @Setting("The optimiser.") OptimizerSettings optimizer,

        @Setting("The learning rate over the epochs.") Schedule schedule,

        @Setting(
                exclusiveMin = 0,
                defaultValue = "null",
                value = "Bound of the global L2 norm over everything that trains; null for none.")
        @Nullable
        Double clipNorm) {

    /// What LoRA methods start from: Adam at 0.0015 over ten epochs of 128 images, cosine, clipped at 1
    /// (`docs/methods/lorac-ipc.md` 5, Split CIFAR-100).
    static TrainingSettings adapters() {
        return new TrainingSettings(
                10,
                128,
                new OptimizerSettings.Adam(0.0015, null, 0, 0.9, 0.999, 1e-8),
                new Schedule.Cosine(1e-5, 1),
                1.0);
    }
}
