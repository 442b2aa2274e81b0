package dev.palimpsest.support;

import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.HostBytes;

/// Few pictures from the heap.
public final class HeapPictures {

    private HeapPictures() {}

    /// Pictures of one size.
    ///
    /// @param bytes CHW, image after image
    public static ImagePixels uniform(Network network, byte[] bytes, int count, int height, int width) {
        try (HostBytes stored = HostBytes.inMemory(network.runtime(), bytes.length)) {
            stored.put(0, bytes, 0, bytes.length);
            return network.uniform(stored, count, height, width);
        }
    }
}
