package dev.palimpsest.bench;

import dev.palimpsest.data.Image;
import dev.palimpsest.data.ImageSource;
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
    public Image image(int index) {
        Random color = new Random(label(index));
        byte[] pixels = new byte[3 * side * side];
        new Random(-1 - index).nextBytes(pixels);
        for (int channel = 0; channel < 3; channel++) {
            int base = color.nextInt(256 - NOISE);
            for (int i = channel * side * side; i < (channel + 1) * side * side; i++) {
                pixels[i] = (byte) (base + Math.floorMod(pixels[i], NOISE));
            }
        }
        return new Image(side, side, pixels);
    }

    @Override
    public String name(int index) {
        return "drawn/" + label(index) + "/" + index;
    }
}
