package dev.palimpsest.data;

import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import org.jspecify.annotations.Nullable;

/// Grey pictures of 4 x 3, of which decoding one throws an error of the machine.
class FailingRows implements ImageSource {

    private final int size;
    private final int row;
    private final @Nullable Class<? extends Error> kind;

    FailingRows(int size, int row, @Nullable Class<? extends Error> kind) {
        this.size = size;
        this.row = row;
        this.kind = kind;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int index) {
        return 0;
    }

    @Override
    public ImageSize imageSize(int index) {
        return new ImageSize(4, 3);
    }

    @Override
    public Image image(int index) {
        if (index == row) {
            atTheRow();
        }
        byte[] pixels = new byte[36];
        pixels[0] = (byte) index;
        pixels[1] = (byte) (index >> 8);
        return new Image(4, 3, pixels);
    }

    void atTheRow() {
        if (kind != null) {
            try {
                throw kind.getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public String name(int index) {
        return "row " + index;
    }
}
