package dev.palimpsest.memory;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Features of the training images of one class, image after image. They stay their owner's: whoever wants to keep
/// them copies.
///
/// @param classPosition position in the head
public record ClassFeatures(int classPosition, int count, int width, Rows rows) {

    /// Where the features are.
    @FunctionalInterface
    public interface Rows {
        /// Copies of images `from` to `from + size`. Shape [size, width].
        Tensor in(TensorScope scope, int from, int size);
    }

    /// Features from the Java heap.
    ///
    /// @param rows shape [count, width]
    public ClassFeatures(int classPosition, double[] rows, int count, int width) {
        this(
                classPosition,
                count,
                width,
                (scope, from, size) ->
                        scope.doubles(Arrays.copyOfRange(rows, from * width, (from + size) * width), size, width));
    }

    /// All of them. Shape [count, width].
    Tensor in(TensorScope scope) {
        return rows.in(scope, 0, count);
    }

    /// Sorts the images of a task by class, keeping their order within a class.
    ///
    /// @param features row i of image i
    /// @param labels class position of each image
    public static List<ClassFeatures> of(
            FeatureBlocks features, int width, long[] labels, int firstClass, int classCount) {
        List<ClassFeatures> result = new ArrayList<>();
        for (int position = firstClass; position < firstClass + classCount; position++) {
            int wanted = position;
            long[] numbers = IntStream.range(0, labels.length)
                    .filter(i -> labels[i] == wanted)
                    .asLongStream()
                    .toArray();
            result.add(new ClassFeatures(
                    position,
                    numbers.length,
                    width,
                    (scope, from, size) -> features.rows(scope, Arrays.copyOfRange(numbers, from, from + size))));
        }
        return result;
    }
}
