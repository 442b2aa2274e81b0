package dev.palimpsest.catalogue;

import dev.palimpsest.data.Dataset;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/// Data sets that are open because somebody looks at their pictures: opening reads a directory of files, or all of a
/// CIFAR file. The two used last stay open until nobody has looked for a minute.
final class OpenDatasets implements AutoCloseable {

    private static final int MOST = 2;
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final BiFunction<String, String, Dataset> opener;
    private final LongSupplier nanos;

    /// By digest, the one used last at the end. Guarded by this object, as is everything in it.
    private final Map<String, Open> open = new LinkedHashMap<>(MOST, 0.75f, true);

    private boolean sweeping;

    /// @param opener by id and digest
    /// @param nanos a clock that never goes back
    OpenDatasets(BiFunction<String, String, Dataset> opener, LongSupplier nanos) {
        this.opener = opener;
        this.nanos = nanos;
    }

    private static final class Open {

        private final Dataset dataset;
        private int users;
        private long usedAt;
        private boolean dropped;

        private Open(Dataset dataset) {
            this.dataset = dataset;
        }
    }

    /// The use of an open data set, to be closed as soon as the picture is read.
    final class Use implements AutoCloseable {

        private final Open used;

        private Use(Open used) {
            this.used = used;
        }

        Dataset dataset() {
            return used.dataset;
        }

        @Override
        public void close() {
            release(used);
        }
    }

    /// Opens a data set unless it is open. Whoever comes meanwhile waits, so that nothing is opened twice.
    synchronized Use use(String id, String sha256) {
        Open found = open.get(sha256);
        if (found == null) {
            while (open.size() >= MOST) {
                drop(open.values().iterator());
            }
            found = new Open(opener.apply(id, sha256));
            open.put(sha256, found);
        }
        found.users++;
        return new Use(found);
    }

    private synchronized void release(Open used) {
        used.users--;
        used.usedAt = nanos.getAsLong();
        if (used.dropped && used.users == 0) {
            used.dataset.close();
        } else {
            sweepLater();
        }
    }

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::sweep);
        }
    }

    /// Closes what nobody has used for a minute.
    synchronized void sweep() {
        sweeping = false;
        Iterator<Open> all = open.values().iterator();
        while (all.hasNext()) {
            Open next = all.next();
            if (next.users == 0 && nanos.getAsLong() - next.usedAt >= IDLE.toNanos()) {
                all.remove();
                next.dataset.close();
            }
        }
        if (!open.isEmpty()) {
            sweepLater();
        }
    }

    /// One that is used is closed by its last user.
    private static void drop(Iterator<Open> first) {
        Open dropped = first.next();
        first.remove();
        dropped.dropped = true;
        if (dropped.users == 0) {
            dropped.dataset.close();
        }
    }

    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            drop(open.values().iterator());
        }
    }
}
