package dev.palimpsest.catalogue;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.DatasetSpec.Layout;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A data set as a person registers it (`docs/data.md` 1); without `kind` it is images.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
public sealed interface DatasetRequest {

    String id();

    @Nullable
    String name();

    @Nullable
    String citation();

    @Nullable
    SplitSpec defaultSplit();

    default String shownName() {
        String given = name();
        return given == null ? id() : given;
    }

    /// `images` or `synthetic`.
    String kind();

    /// Pictures in a folder or a zip.
    @JsonTypeName("images")
    record Images(
            @Setting(maxLength = 64, value = "Id, a slug.") String id,

            @Setting(minLength = 1, maxLength = 120, defaultValue = "null", value = "Name; the id if absent.") @Nullable
            String name,

            @Setting(
                    maxLength = 1000,
                    defaultValue = "null",
                    value = "Path below a data root, of a folder or a zip; absent in an upload.")
            @Nullable
            String location,

            @Setting(
                    defaultValue = "\"split/class\"",
                    value = "How the path of a file tells its split, group and class.")
            Layout layout,

            @Setting(
                    exclusiveMin = 0,
                    exclusiveMax = 1,
                    defaultValue = "null",
                    value = "Share of the pictures of each class that becomes its test set; layout class only.")
            @Nullable
            Double testFraction,

            @Setting(
                    min = 0,
                    max = 4294967295d,
                    defaultValue = "null",
                    value = "Chooses which ones; layout class only.")
            @Nullable
            Long splitSeed,

            @Setting(defaultValue = "null", value = "Digest that the content must have.") @Nullable
            String sha256,

            @Setting(maxLength = 500, defaultValue = "null", value = "Where it comes from.") @Nullable
            String citation,

            @Setting(defaultValue = "null", value = "The split of a request that names none.") @Nullable
            SplitSpec defaultSplit)
            implements DatasetRequest {

        public Images {
            Names.requireSlug(id);
            Names.requireDigest(sha256);
            if (layout == Layout.CLASS && testFraction == null) {
                throw new SettingRefusedException(
                        "missing_field", "test_fraction", "layout class needs 'test_fraction', above 0 and below 1.");
            }
            if (layout != Layout.CLASS && (testFraction != null || splitSeed != null)) {
                throw new SettingRefusedException(
                        "out_of_range",
                        testFraction != null ? "test_fraction" : "split_seed",
                        "test_fraction and split_seed belong to layout class, not to %s.".formatted(layout.wireName()));
            }
        }

        @Override
        public String kind() {
            return "images";
        }

        public DatasetSpec at(Path file) {
            return new DatasetSpec.Images(file, layout, testFraction, splitSeed);
        }
    }

    /// Drawn pictures.
    @JsonTypeName("synthetic")
    record Synthetic(
            @Setting(maxLength = 64, value = "Id, a slug.") String id,

            @Setting(minLength = 1, maxLength = 120, defaultValue = "null", value = "Name; the id if absent.") @Nullable
            String name,

            @Setting(min = 2, max = 100, value = "How many classes.")
            int classes,

            @Setting(min = 1, max = 1000, value = "Training images a class.")
            int trainPerClass,

            @Setting(min = 1, max = 1000, value = "Test images a class.")
            int testPerClass,

            @Setting(min = 16, max = 64, unit = "pixels", value = "Side of the images.")
            int imageSize,

            @Setting(min = 0, max = 4294967295d, value = "Seed of everything that is drawn.")
            long seed,

            @Setting(maxLength = 500, defaultValue = "null", value = "Where it comes from.") @Nullable
            String citation,

            @Setting(defaultValue = "null", value = "The split of a request that names none.") @Nullable
            SplitSpec defaultSplit)
            implements DatasetRequest {

        public Synthetic {
            Names.requireSlug(id);
        }

        @Override
        public String kind() {
            return "synthetic";
        }

        DatasetSpec spec() {
            return new DatasetSpec.Synthetic(classes, trainPerClass, testPerClass, imageSize, seed);
        }
    }
}
