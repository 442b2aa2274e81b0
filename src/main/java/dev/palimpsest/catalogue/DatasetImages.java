package dev.palimpsest.catalogue;

import dev.palimpsest.data.ImageSource;
import dev.palimpsest.files.PictureType;
import dev.palimpsest.files.StoredPicture;
import dev.palimpsest.files.Thumbnail;
import dev.palimpsest.files.UnreadableImageException;
import dev.palimpsest.settings.RequestRefusedException;
import jakarta.annotation.PreDestroy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/// Single pictures of data sets, for people. A picture is named by its place; no path is ever taken from outside.
@Service
public class DatasetImages {

    /// Of a thumbnail, in pixels.
    public static final int SIDE = 96;

    private static final long KEPT_BYTES = 16L << 20;

    private final Datasets datasets;
    private final OpenDatasets open;

    /// Decoding takes a core; requests come by the dozen.
    private final Semaphore decoding = new Semaphore(Runtime.getRuntime().availableProcessors(), true);

    /// The one used last at the end; guarded by itself.
    private final Map<Key, byte[]> thumbnails = new LinkedHashMap<>(64, 0.75f, true);

    private long keptBytes;

    DatasetImages(Datasets datasets) {
        this.datasets = datasets;
        this.open = new OpenDatasets(datasets::open, System::nanoTime);
    }

    private record Key(String sha256, DatasetPart part, int index) {}

    /// A picture as it is answered.
    ///
    /// @param etag the same for the same bytes
    public record Picture(String mediaType, long bytes, String etag, Source source) {}

    /// Opens the bytes of a picture, once.
    @FunctionalInterface
    public interface Source {
        InputStream open() throws IOException;
    }

    /// Does something with a picture's bytes as they are stored. One that has no file of its own, because it is drawn
    /// or
    /// lies in a file of many, is made a PNG of its pixels.
    ///
    /// @throws RequestRefusedException if there is no such picture, or its data set is not ready
    public void stored(String id, DatasetPart part, int index, Sink sink) throws IOException {
        Key key = key(id, part, index);
        try (OpenDatasets.Use use = open.use(id, key.sha256)) {
            ImageSource source = part.of(use.dataset());
            requireIndex(source, id, part, index);
            StoredPicture stored = reading(() -> source.stored(index).orElse(null));
            if (stored != null) {
                sink.take(new Picture(
                        stored.type().mediaType(), stored.bytes(), etag(key, "stored"), stored.opening()::open));
                return;
            }
            byte[] png = png(source, index, Integer.MAX_VALUE);
            sink.take(new Picture(
                    PictureType.PNG.mediaType(), png.length, etag(key, "png"), () -> new ByteArrayInputStream(png)));
        }
    }

    /// Takes a picture while its data set is open.
    @FunctionalInterface
    public interface Sink {
        void take(Picture picture) throws IOException;
    }

    /// A PNG of at most [#SIDE] pixels a side, kept for the next who asks.
    ///
    /// @throws RequestRefusedException if there is no such picture, it cannot be decoded, or its data set is not
    ///     ready
    public Picture thumbnail(String id, DatasetPart part, int index) {
        Key key = key(id, part, index);
        byte[] known = kept(key);
        byte[] png = known == null ? keep(key, draw(id, key)) : known;
        return new Picture(
                PictureType.PNG.mediaType(), png.length, etag(key, "96"), () -> new ByteArrayInputStream(png));
    }

    private byte[] draw(String id, Key key) {
        try (OpenDatasets.Use use = open.use(id, key.sha256)) {
            ImageSource source = key.part.of(use.dataset());
            requireIndex(source, id, key.part, key.index);
            return png(source, key.index, SIDE);
        }
    }

    private byte[] png(ImageSource source, int index, int side) {
        decoding.acquireUninterruptibly();
        try {
            Thumbnail thumbnail = new Thumbnail(side);
            return reading(() -> {
                source.decode(index, thumbnail);
                return thumbnail.png();
            });
        } finally {
            decoding.release();
        }
    }

    @FunctionalInterface
    private interface Reading<T extends @Nullable Object> {
        T read();
    }

    private static <T extends @Nullable Object> T reading(Reading<T> reading) {
        try {
            return reading.read();
        } catch (UnreadableImageException unreadable) {
            throw new RequestRefusedException(
                    409, "image_unreadable", "", FailedCheck.sentence(unreadable.getMessage()));
        }
    }

    private Key key(String id, DatasetPart part, int index) {
        RegisteredDataset row = datasets.find(id)
                .orElseThrow(() ->
                        new RequestRefusedException(404, "not_found", "", "There is no data set '%s'.".formatted(id)));
        if (row.state() != DatasetState.READY) {
            throw new RequestRefusedException(
                    409,
                    "dataset_not_ready",
                    "",
                    "Data set '%s' is %s; its pictures are served when it is ready."
                            .formatted(id, row.state().wire()));
        }
        return new Key(row.sha256().orElseThrow(), part, index);
    }

    private static void requireIndex(ImageSource source, String id, DatasetPart part, int index) {
        if (index >= source.size()) {
            throw new RequestRefusedException(
                    404,
                    "not_found",
                    "",
                    "Data set '%s' has %d %s images; there is none with index %d."
                            .formatted(id, source.size(), part == DatasetPart.TEST ? "test" : "training", index));
        }
    }

    private static String etag(Key key, String kind) {
        return "%s-%s-%d-%s".formatted(key.sha256, key.part.name().toLowerCase(Locale.ROOT), key.index, kind);
    }

    private byte @Nullable [] kept(Key key) {
        synchronized (thumbnails) {
            return thumbnails.get(key);
        }
    }

    private byte[] keep(Key key, byte[] png) {
        synchronized (thumbnails) {
            byte[] before = thumbnails.put(key, png);
            keptBytes += png.length - (before == null ? 0 : before.length);
            var oldest = thumbnails.entrySet().iterator();
            while (keptBytes > KEPT_BYTES) {
                keptBytes -= oldest.next().getValue().length;
                oldest.remove();
            }
        }
        return png;
    }

    @PreDestroy
    void close() {
        open.close();
    }
}
