package dev.palimpsest.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Features of the training images of one class.
///
/// @param classPosition position in the head
/// @param rows image after image. Shape [count, width]
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
public record ClassFeatures(int classPosition, double[] rows, int count, int width) {

    /// Sorts the rows of a task by class, keeping their order within a class.
    ///
    /// @param features shape [n, width]
    /// @param labels class position of each row
    public static List<ClassFeatures> of(double[] features, long[] labels, int firstClass, int classCount) {
        int width = labels.length == 0 ? 0 : features.length / labels.length;
        List<ClassFeatures> result = new ArrayList<>();
        for (int position = firstClass; position < firstClass + classCount; position++) {
            int count = 0;
            double[] rows = new double[features.length];
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] == position) {
                    System.arraycopy(features, i * width, rows, count * width, width);
                    count++;
                }
            }
            result.add(new ClassFeatures(position, Arrays.copyOf(rows, count * width), count, width));
        }
        return result;
    }
}
