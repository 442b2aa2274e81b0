package dev.palimpsest.catalogue;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.ImageSource;

/// Which pictures of a data set.
public enum DatasetPart {
    TEST,
    /// Those kept away for validation are among them.
    TRAIN;

    ImageSource of(Dataset dataset) {
        return switch (this) {
            case TEST -> dataset.test();
            case TRAIN -> dataset.train();
        };
    }
}
