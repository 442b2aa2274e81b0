package dev.palimpsest.training;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.data.ImageStore;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import java.util.concurrent.CancellationException;

/// Decodes pictures and puts them on the device.
///
/// @param decodeThreads platform threads that decode
/// @param maxBytes of one store
public record Pictures(ImageSource train, ImageSource test, int decodeThreads, long maxBytes) {

    ImagePixels load(Network network, ImageSource source, int[] rows, StopRequest stop) {
        ImageStore store = store(source, rows, stop);
        return store.uniform()
                ? network.uniform(store.pixels(), rows.length, store.height(), store.width())
                : network.mixed(store.pixels(), store.table());
    }

    private ImageStore store(ImageSource source, int[] rows, StopRequest stop) {
        try {
            return ImageStore.load(source, rows, decodeThreads, stop::now, maxBytes);
        } catch (CancellationException stopped) {
            throw new StoppedException();
        }
    }
}
