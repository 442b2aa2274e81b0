package dev.palimpsest.workers;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What this node runs, and how patient it is.
///
/// @param enabled whether it runs jobs at all
/// @param node name of this node, unique among the running ones; the host's name if empty. A process refuses
///     to start while another one runs under its name
/// @param pools what it can run; empty means a pool `cuda` with a slot for each GPU, or else `cpu` with one
///     slot
/// @param pollingInterval how often to look for due jobs
/// @param heartbeatInterval how often a running job is marked as alive; it is dead after four missed ones.
///     The same on all nodes of a database
/// @param shutdownMaxWait half the time that a running job has to reach a safe point when the node stops
@ConfigurationProperties("palimpsest.worker")
public record WorkerSettings(
        @DefaultValue("true") boolean enabled,
        @Nullable String node,
        @DefaultValue List<Pool> pools,
        @DefaultValue("2s") Duration pollingInterval,
        @DefaultValue("10s") Duration heartbeatInterval,
        @DefaultValue("60s") Duration shutdownMaxWait) {

    /// The library's least, and enough for a long pause of the JVM.
    static final int MISSED_HEARTBEATS = 4;

    /// Devices of one kind on this node.
    ///
    /// @param name part of the task name: a job names the pool it waits for
    /// @param device `cpu` or `cuda`
    /// @param slots how many jobs may run at once
    public record Pool(
            String name,
            @DefaultValue("cpu") String device,
            @DefaultValue("1") int slots) {

        public Pool {
            if (!device.equals("cpu") && !device.equals("cuda")) {
                throw new IllegalArgumentException("device of pool " + name + " must be cpu or cuda, got " + device);
            }
            if (slots < 1) {
                throw new IllegalArgumentException("slots of pool " + name + " must be at least 1, got " + slots);
            }
        }
    }

    public WorkerSettings {
        pools = List.copyOf(pools);
        node = node == null || node.isBlank() ? hostName() : node;
    }

    /// Never empty.
    public String nodeName() {
        return node == null ? hostName() : node;
    }

    /// A node that has not been seen for this long is lost.
    Duration lostAfter() {
        return heartbeatInterval.multipliedBy(MISSED_HEARTBEATS);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // a host that does not know its own name is alone
        }
    }
}
