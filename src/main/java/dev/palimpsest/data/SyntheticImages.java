package dev.palimpsest.data;

import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Drawn pictures, for the demo and for tests. A class is a few [DrawnScene]s, any of which may show; a
/// picture is one of them under its own place, size, angle, light, colors and noise.
///
/// Scenes come from (seed, class), pictures from (seed, split, class, index), by our own arithmetic: the same
/// bytes on every machine. A change to the drawing is a new data set; `SyntheticImagesTest` pins a digest.
final class SyntheticImages implements ImageSource {

    private static final String DRAWING = "drawn-1";

    private final DatasetSpec.Synthetic spec;
    private final boolean test;
    private final DrawnScene[][] scenes;

    private SyntheticImages(DatasetSpec.Synthetic spec, boolean test) {
        this.spec = spec;
        this.test = test;
        this.scenes = new DrawnScene[spec.classes()][spec.scenes()];
        for (int label = 0; label < spec.classes(); label++) {
            Draws draws = draws(spec.seed(), 0, label, 0);
            for (int i = 0; i < spec.scenes(); i++) {
                scenes[label][i] = DrawnScene.draw(draws);
            }
        }
    }

    static Dataset open(DatasetSpec.Synthetic spec) {
        int digits = Integer.toString(spec.classes() - 1).length();
        List<String> labels = IntStream.range(0, spec.classes())
                .mapToObj(label -> ("shape_%0" + digits + "d").formatted(label))
                .toList();
        return new Dataset(
                labels,
                List.of(),
                new SyntheticImages(spec, false),
                new SyntheticImages(spec, true),
                digest(spec),
                () -> {});
    }

    private static Supplier<String> digest(DatasetSpec.Synthetic spec) {
        String text = "%s, %d classes of %d scenes, %d train, %d test, side %d, seed %d"
                .formatted(
                        DRAWING,
                        spec.classes(),
                        spec.scenes(),
                        spec.trainPerClass(),
                        spec.testPerClass(),
                        spec.imageSize(),
                        spec.seed());
        byte[] hash = Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8));
        return () -> HexFormat.of().formatHex(hash);
    }

    /// @param purpose 0 scenes, 1 training pictures, 2 test pictures
    private static Draws draws(long seed, int purpose, int label, int index) {
        long mixed = Draws.mix(seed + 1);
        mixed = Draws.mix(mixed + purpose + 1);
        mixed = Draws.mix(mixed + label + 1);
        return new Draws(Draws.mix(mixed + index + 1));
    }

    private int perClass() {
        return test ? spec.testPerClass() : spec.trainPerClass();
    }

    @Override
    public int size() {
        return spec.classes() * perClass();
    }

    @Override
    public int label(int index) {
        return index / perClass();
    }

    @Override
    public String name(int index) {
        return "%s/%d/%d".formatted(test ? "test" : "train", label(index), index % perClass());
    }

    @Override
    public ImageSize imageSize(int index) {
        return new ImageSize(spec.imageSize(), spec.imageSize());
    }

    @Override
    public Image image(int index) {
        int label = label(index);
        Draws draws = draws(spec.seed(), test ? 2 : 1, label, index % perClass());
        return scenes[label][draws.nextInt(spec.scenes())].picture(spec.imageSize(), draws);
    }
}
