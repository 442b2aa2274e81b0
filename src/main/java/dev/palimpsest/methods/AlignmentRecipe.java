package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.ClassRange;
import java.util.List;

/// How a method aligns its heads: what is kept of each class, and the phase that is made of it.
public sealed interface AlignmentRecipe permits AlignmentSettings, SlcaAlignment {

    double MOMENTUM = 0.9;

    /// What is kept of the features of a class.
    ClassStatistics.Kind kind();

    /// Clusters a class, for the statistics that have some.
    int centroids();

    /// The phase after a task that was not the first.
    ///
    /// @param kept of all classes so far
    /// @param learned classes of each task so far
    Phase.Alignment phase(ClassStatistics kept, List<ClassRange> learned);
}
