package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.workers.WorkerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import org.springframework.stereotype.Component;

/// Refuses a plan whose pictures or weights cannot fit here, before anything is queued. It counts the least
/// that is needed, so what it refuses is certain; a node that runs nothing knows nothing of the workers' room
/// and refuses nothing.
@Component
class PictureRoom {

    private static final int FLOAT = 4;

    private final MemoryBudget memory;
    private final StorageSettings storage;
    private final WorkerSettings worker;

    PictureRoom(MemoryBudget memory, StorageSettings storage, WorkerSettings worker) {
        this.memory = memory;
        this.storage = storage;
        this.worker = worker;
    }

    /// @throws RequestRefusedException if a task or the backbone cannot fit
    void check(DatasetFacts facts, List<PlannedTask> tasks, RegisteredBackbone backbone) {
        if (!worker.enabled()) {
            return;
        }
        long weights = FLOAT * backbone.parameterCount();
        if (weights > memory.outsideTheHeap()) {
            throw new RequestRefusedException(
                    422,
                    "not_enough_memory",
                    "backbone_id",
                    "Backbone '%s' needs %d bytes of memory; this machine has %d beside the Java heap of at most %d (PALIMPSEST_JAVA_OPTIONS)."
                            .formatted(backbone.id(), weights, memory.outsideTheHeap(), memory.heap()));
        }
        DatasetCheck.Range width = facts.report().width();
        DatasetCheck.Range height = facts.report().height();
        tasks.stream()
                .max(Comparator.comparingInt(PlannedTask::trainImages))
                .ifPresent(task -> checkDisk(task, 3L * task.trainImages() * width.min() * height.min()));
    }

    /// @throws RequestRefusedException if what the method needs at once cannot fit beside the backbone; a GPU's memory
    ///     is not known here
    void check(MethodSettings method, RegisteredBackbone backbone) {
        MethodSettings.NativeNeed need = method.nativeNeed(backbone.shape());
        long room = memory.outsideTheHeap() - FLOAT * backbone.parameterCount();
        if (worker.enabled() && need.bytes() > room) {
            throw new RequestRefusedException(
                    422,
                    "not_enough_memory",
                    "method." + need.setting(),
                    "%s with %s %d needs %d bytes of memory at once; this machine has %d beside the backbone and the Java heap of at most %d (PALIMPSEST_JAVA_OPTIONS). Choose a smaller %s."
                            .formatted(
                                    method.info().name(),
                                    need.setting(),
                                    need.value(),
                                    need.bytes(),
                                    Math.max(0, room),
                                    memory.heap(),
                                    need.setting()));
        }
    }

    private void checkDisk(PlannedTask task, long bytes) {
        if (bytes <= memory.imageStore()) {
            return;
        }
        long room = free() - storage.minFree().toBytes();
        if (bytes > room) {
            throw new RequestRefusedException(
                    422,
                    "not_enough_disk",
                    "split",
                    "The %d training images of task '%s' need at least %d bytes decoded. More than %d (palimpsest.engine.image-store-size) lie in palimpsest.storage.picture-folder, which has room for %d beside palimpsest.storage.min-free."
                            .formatted(task.trainImages(), task.name(), bytes, memory.imageStore(), Math.max(0, room)));
        }
    }

    private long free() {
        try {
            return Files.getFileStore(Files.createDirectories(storage.pictureFolder()))
                    .getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for room in " + storage.pictureFolder(), e);
        }
    }
}
