package dev.palimpsest.training;

import dev.palimpsest.data.ImageLayout;
import dev.palimpsest.data.ImageSource;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.HostBytes;
import java.util.concurrent.CancellationException;

/// Decodes pictures and puts them where the network reads them.
///
/// @param decodeThreads platform threads that decode
public record Pictures(ImageSource train, ImageSource test, int decodeThreads, PictureMemory memory) {

    ImagePixels load(Network network, ImageSource source, int[] rows, StopRequest stop) {
        try {
            ImageLayout layout = ImageLayout.of(source, rows, decodeThreads, stop::now);
            try (HostBytes bytes = memory.take(network.runtime(), layout.bytes())) {
                layout.decode(stop::now, bytes::put);
                return layout.uniform()
                        ? network.uniform(bytes, rows.length, layout.height(), layout.width())
                        : network.mixed(bytes, layout.table(), layout.bytes());
            }
        } catch (CancellationException stopped) {
            throw new StoppedException();
        }
    }
}
