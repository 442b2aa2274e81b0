package dev.palimpsest.catalogue;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetCheck;
import dev.palimpsest.data.ImageSource;
import java.util.ArrayList;
import java.util.List;

/// What is known of a checked data set without opening it again: enough to plan with.
///
/// @param classes in label order
public record DatasetFacts(List<ClassFacts> classes, DatasetCheck.Report report) {

    public record ClassFacts(String label, int trainImages, int testImages) {}

    public DatasetFacts {
        classes = List.copyOf(classes);
    }

    static DatasetFacts of(Dataset dataset, DatasetCheck.Report report) {
        int[] train = counts(dataset.train(), dataset.labels().size());
        int[] test = counts(dataset.test(), dataset.labels().size());
        List<ClassFacts> classes = new ArrayList<>();
        for (int row = 0; row < train.length; row++) {
            classes.add(new ClassFacts(dataset.labels().get(row), train[row], test[row]));
        }
        return new DatasetFacts(classes, report);
    }

    private static int[] counts(ImageSource source, int classes) {
        int[] counts = new int[classes];
        for (int row = 0; row < source.size(); row++) {
            counts[source.label(row)]++;
        }
        return counts;
    }

    public List<String> labels() {
        return classes.stream().map(ClassFacts::label).toList();
    }

    public boolean everyImageHasSide(int side) {
        return side(report.width(), side) && side(report.height(), side);
    }

    private static boolean side(DatasetCheck.Range range, int side) {
        return range.min() == side && range.max() == side;
    }

    public int found(String check) {
        return report.checks().stream()
                .filter(one -> one.code().equals(check))
                .mapToInt(DatasetCheck.Check::count)
                .sum();
    }
}
