package dev.palimpsest.methods;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.files.Image;
import dev.palimpsest.torch.HostTensor;
import java.util.Arrays;

/// Pictures of a golden file, [n, y, x, 3], with their labels.
final class StoredPictures implements ImageSource {

    private final byte[] planes;
    private final long[] labels;
    private final int height;
    private final int width;

    StoredPictures(HostTensor pictures, long[] labels) {
        this.height = (int) pictures.shape()[1];
        this.width = (int) pictures.shape()[2];
        this.planes = GoldenSetup.planes(pictures.bytes(), labels.length, height * width);
        this.labels = labels;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int index) {
        return (int) labels[index];
    }

    @Override
    public Image image(int index) {
        int bytes = 3 * height * width;
        return new Image(width, height, Arrays.copyOfRange(planes, index * bytes, (index + 1) * bytes));
    }

    @Override
    public String name(int index) {
        return "picture " + index;
    }
}
