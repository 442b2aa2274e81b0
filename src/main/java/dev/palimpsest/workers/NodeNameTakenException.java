package dev.palimpsest.workers;

import dev.palimpsest.settings.Ids;
import java.util.UUID;

/// Another process works under the name of this node.
final class NodeNameTakenException extends IllegalStateException {

    NodeNameTakenException(String node, UUID worker) {
        super("Worker " + Ids.worker(worker) + " already runs as node '" + node
                + "'; give each process on this database its own name in palimpsest.worker.node, or stop the other");
    }
}
