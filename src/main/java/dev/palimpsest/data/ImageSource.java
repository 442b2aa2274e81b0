package dev.palimpsest.data;

import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.PixelRows;
import dev.palimpsest.files.StoredPicture;
import dev.palimpsest.files.UnreadableImageException;
import java.util.Optional;

/// Labelled pictures by row. Any number of threads may read at once.
///
/// Rows keep their order for ever: the same content gives the same rows on every machine.
public interface ImageSource extends AutoCloseable {

    int size();

    /// The row into the data set's labels.
    int label(int index);

    /// Decodes a picture.
    ///
    /// @throws UnreadableImageException if its file is damaged, too large or of a format that is not accepted
    Image image(int index);

    /// Decodes a picture to where its pixels go, without holding all of it meanwhile if that is possible.
    /// After a failure some of its rows may be there.
    ///
    /// @throws UnreadableImageException as [#image] does
    default void decode(int index, PixelRows target) {
        image(index).into(target);
    }

    /// The file of a picture; empty where it is a part of a larger file, or drawn.
    ///
    /// @throws UnreadableImageException if it cannot be read
    default Optional<StoredPicture> stored(int index) {
        return Optional.empty();
    }

    /// The name for people: a path inside the data set, for instance `train/dog/0007.png`.
    String name(int index);

    /// Width and height, if possible without decoding.
    ///
    /// @throws UnreadableImageException as [#image] does
    default ImageSize imageSize(int index) {
        Image image = image(index);
        return new ImageSize(image.width(), image.height());
    }

    /// The row into the data set's groups, or -1 where it has none.
    default int group(int index) {
        return -1;
    }

    /// Sources of a [Dataset] are closed with it; a source of its own frees what it holds here.
    @Override
    default void close() {}
}
