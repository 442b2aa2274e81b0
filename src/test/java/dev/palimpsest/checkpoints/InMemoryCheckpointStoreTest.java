package dev.palimpsest.checkpoints;

import dev.palimpsest.support.InMemoryCheckpointStore;
import java.util.function.UnaryOperator;

class InMemoryCheckpointStoreTest extends CheckpointStoreContract {

    private final InMemoryCheckpointStore store = new InMemoryCheckpointStore();

    @Override
    CheckpointStore store() {
        return store;
    }

    @Override
    void damage(CheckpointKey key, String file, UnaryOperator<byte[]> change) {
        store.damage(key, file, change);
    }

    @Override
    void lose(CheckpointKey key, String file) {
        store.lose(key, file);
    }
}
