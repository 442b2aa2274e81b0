package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.files.InvalidArchiveException;
import dev.palimpsest.files.ReadLimits;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a data set comes from. Opening one only reads: no file of a person is ever moved, changed or
/// unpacked.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface DatasetSpec {

    /// Opens under the limits of the contract.
    default Dataset open() {
        return open(ReadLimits.DEFAULT);
    }

    /// Lists the pictures, decodes none.
    ///
    /// @throws InvalidArchiveException if the folder or archive does not have the stated layout
    Dataset open(ReadLimits limits);

    /// How the path of a file tells its split, group and class.
    enum Layout {
        @JsonProperty("split/class")
        SPLIT_CLASS("split/class"),
        @JsonProperty("group/split/class")
        GROUP_SPLIT_CLASS("group/split/class"),
        @JsonProperty("class")
        CLASS("class"),
        @JsonProperty("cifar100_binary")
        CIFAR100_BINARY("cifar100_binary");

        private final String wireName;

        Layout(String wireName) {
            this.wireName = wireName;
        }

        public String wireName() {
            return wireName;
        }
    }

    /// Files in a folder or a zip.
    ///
    /// @param testFraction share of the pictures of each class that becomes its test set; layout `class` only
    /// @param splitSeed chooses which ones; 0 if absent
    @JsonTypeName("images")
    record Images(
            Path location,
            Layout layout,
            @Nullable Double testFraction,
            @Nullable Long splitSeed) implements DatasetSpec {

        public Images {
            if (layout == Layout.CLASS) {
                if (testFraction == null || !(testFraction > 0 && testFraction < 1)) {
                    throw new IllegalArgumentException(
                            "layout class needs a testFraction between 0 and 1, got " + testFraction);
                }
            } else if (testFraction != null || splitSeed != null) {
                throw new IllegalArgumentException(
                        "testFraction and splitSeed belong to layout class, not to " + layout.wireName());
            }
        }

        @Override
        public Dataset open(ReadLimits limits) {
            if (layout == Layout.CIFAR100_BINARY) {
                return CifarBinary.open(location, limits);
            }
            return ImageFolder.open(this, limits);
        }
    }

    /// Drawn pictures.
    ///
    /// @param scenes of a class, each picture shows one of them
    @JsonTypeName("synthetic")
    record Synthetic(int classes, int trainPerClass, int testPerClass, int imageSize, long seed, int scenes)
            implements DatasetSpec {

        /// With two a class is no cloud around one average: it has to be learned.
        private static final int USUAL_SCENES = 2;

        @JsonCreator
        public Synthetic(int classes, int trainPerClass, int testPerClass, int imageSize, long seed) {
            this(classes, trainPerClass, testPerClass, imageSize, seed, USUAL_SCENES);
        }

        public Synthetic {
            check("scenes", scenes, 1, 8);
            check("classes", classes, 2, 100);
            check("trainPerClass", trainPerClass, 1, 1000);
            check("testPerClass", testPerClass, 1, 1000);
            check("imageSize", imageSize, 16, 64);
        }

        private static void check(String name, int value, int low, int high) {
            if (value < low || value > high) {
                throw new IllegalArgumentException("%s must be in %d..%d, got %d".formatted(name, low, high, value));
            }
        }

        @Override
        public Dataset open(ReadLimits limits) {
            return SyntheticImages.open(this);
        }
    }
}
