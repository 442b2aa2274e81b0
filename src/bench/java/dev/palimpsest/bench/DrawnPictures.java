package dev.palimpsest.bench;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import java.util.Random;

/// Noise in a color of its class: enough to tell the classes apart, and no file to decode.
///
/// @param each pictures of a class; classes follow one another
record DrawnPictures(int classes, int each, int side) implements ImageSource {

    /// How far a pixel is from the color of its class, at most.
    private static final int NOISE = 64;

    @Override
    public int size() {
        return classes * each;
    }

    @Override
    public int label(int index) {
        return index / each;
    }

    @Override
    public ImageSize imageSize(int index) {
        return new ImageSize(side, side);
    }

    /// Noise of a linear congruential generator, because drawing must not cost what decoding does not.
    @Override
    public Image image(int index) {
        Random color = new Random(label(index));
        byte[] pixels = new byte[3 * side * side];
        int state = new Random(-1 - index).nextInt();
        for (int channel = 0; channel < 3; channel++) {
            int base = color.nextInt(256 - NOISE);
            for (int i = channel * side * side; i < (channel + 1) * side * side; i++) {
                state = state * 1664525 + 1013904223;
                pixels[i] = (byte) (base + (state >>> 16) % NOISE);
            }
        }
        return new Image(side, side, pixels);
    }

    @Override
    public String name(int index) {
        return "drawn/" + label(index) + "/" + index;
    }
}
