package dev.palimpsest.data;

import java.util.List;
import java.util.function.Supplier;

/// An opened data set: training and test pictures, labels in natural order, groups. Any number of threads may
/// read; nothing may be read after [#close].
public final class Dataset implements AutoCloseable {

    private final List<String> labels;
    private final List<String> groups;
    private final ImageSource train;
    private final ImageSource test;
    private final Supplier<String> digest;
    private final Runnable closing;

    Dataset(
            List<String> labels,
            List<String> groups,
            ImageSource train,
            ImageSource test,
            Supplier<String> digest,
            Runnable closing) {
        this.labels = List.copyOf(labels);
        this.groups = List.copyOf(groups);
        this.train = train;
        this.test = test;
        this.digest = digest;
        this.closing = closing;
    }

    /// Sorted by name, by number where all are numbers. Of grouped data sets `group/class`, groups one after
    /// another.
    public List<String> labels() {
        return labels;
    }

    /// Sub-data-sets or domains, sorted; empty where the layout has none.
    public List<String> groups() {
        return groups;
    }

    public ImageSource train() {
        return train;
    }

    public ImageSource test() {
        return test;
    }

    /// Digest of the content in hexadecimal digits: of an archive's bytes; of a folder's sorted lines
    /// `path, length, sha256`, hidden files left out; of the parameters of drawn pictures.
    /// Reads everything, so it may take minutes.
    public String sha256() {
        return digest.get();
    }

    @Override
    public void close() {
        closing.run();
    }
}
