package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;

/// How a network makes scores of the feature of an image.
public sealed interface Classifier {

    /// The rows that score: one for each class.
    ClassifierHeads heads();

    /// Scalars of the map before the heads, which all classes share.
    long mapNumbers();

    /// Scalars that a class adds.
    long numbersOfClass();

    /// The heads score the feature itself.
    ///
    /// @param heads as wide as the network
    record Linear(ClassifierHeads heads) implements Classifier {
        @Override
        public long mapNumbers() {
            return 0;
        }

        @Override
        public long numbersOfClass() {
            return heads.width() + 1L;
        }
    }

    /// The heads score relu(feature P), P drawn once and fixed; their biases are 0.
    ///
    /// @param projection P, [D, M], in the master type
    /// @param heads M wide
    record Projected(Tensor projection, ClassifierHeads heads) implements Classifier, AutoCloseable {

        @Override
        public long mapNumbers() {
            return projection.elements();
        }

        @Override
        public long numbersOfClass() {
            return heads.width();
        }

        @Override
        public void close() {
            projection.close();
            heads.close();
        }
    }
}
