package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The settings of a method; the field `name` chooses which.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
public sealed interface MethodSettings
        permits FullFineTuning.Settings,
                IncrementalLora.Settings,
                InfLora.Settings,
                JointLora.Settings,
                LinearProbe.Settings,
                LoracIpc.Settings,
                NearestClassMean.Settings,
                RandomProjectionRidge.Settings,
                SequentialLora.Settings,
                TaskArithmetic.Settings {

    /// What the catalogue says about the method.
    MethodInfo info();

    /// Where adapters sit in a network of this shape, or null for a method without adapters.
    @Nullable
    AdapterChoice adapters();

    /// Over which classes the cross-entropy runs, or null where it is neither the task's nor those seen, and for a
    /// method
    /// without one.
    @Nullable
    ClassScope classScope();

    /// How heads are aligned after a task, or null for a method that does not.
    @Nullable
    AlignmentRecipe alignment();

    /// Whether a finished model of the method, set like this, can learn further tasks.
    default boolean continuable() {
        return info().traits().continuable();
    }

    /// How many training images of each class the method keeps; 0 for none.
    default int keptPerClass() {
        return 0;
    }

    /// Training images, counted in every epoch, that phases of training go through after a task.
    ///
    /// @param classes learned so far, the task's among them
    default long imagesAfterTask(int classes) {
        return 0;
    }

    /// What the rows of the heads hold before they train.
    default ClassifierHeads.Start headStart() {
        return ClassifierHeads.Start.NORMAL;
    }

    /// Whether the method, set like this, decides which task an image is from.
    default boolean infersTask() {
        return false;
    }

    /// Whether what trains does so in the first task and no later one.
    default boolean trainsFirstTaskOnly() {
        return false;
    }

    /// The least that the method needs at once beside the network, on the device that computes.
    default NativeNeed nativeNeed(VitShape shape) {
        return NativeNeed.NOTHING;
    }

    /// Memory that follows from a setting.
    ///
    /// @param setting which decides, counted from the method's
    /// @param value of it
    record NativeNeed(String setting, long value, long bytes) {
        static final NativeNeed NOTHING = new NativeNeed("name", 0, 0);
    }

    /// What does not fit a network of this shape, places counted from the method's settings.
    default List<Fault> faults(VitShape shape) {
        AdapterChoice choice = adapters();
        return choice == null ? List.of() : choice.faults(shape);
    }
}
