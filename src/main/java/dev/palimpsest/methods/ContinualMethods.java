package dev.palimpsest.methods;

import java.util.List;

/// All methods: what the catalogue lists, and how one is made.
public final class ContinualMethods {

    private ContinualMethods() {}

    /// In the order of their names.
    public static List<MethodInfo> all() {
        return List.of(
                FullFineTuning.INFO,
                IncrementalLora.INFO,
                InfLora.INFO,
                JointLora.INFO,
                LinearProbe.INFO,
                LoracIpc.INFO,
                NearestClassMean.INFO,
                RandomProjectionRidge.INFO,
                SequentialLora.INFO,
                TaskArithmetic.INFO);
    }

    public static ContinualMethod create(MethodSettings settings) {
        return switch (settings) {
            case FullFineTuning.Settings chosen -> new FullFineTuning(chosen);
            case IncrementalLora.Settings chosen -> new IncrementalLora(chosen);
            case InfLora.Settings chosen -> new InfLora(chosen);
            case JointLora.Settings chosen -> new JointLora(chosen);
            case LinearProbe.Settings chosen -> new LinearProbe(chosen);
            case LoracIpc.Settings chosen -> new LoracIpc(chosen);
            case NearestClassMean.Settings _ -> new NearestClassMean();
            case RandomProjectionRidge.Settings chosen -> new RandomProjectionRidge(chosen);
            case SequentialLora.Settings chosen -> new SequentialLora(chosen);
            case TaskArithmetic.Settings chosen -> new TaskArithmetic(chosen);
        };
    }
}
