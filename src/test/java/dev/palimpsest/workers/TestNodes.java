package dev.palimpsest.workers;

import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.JobHandler;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/// Worker nodes inside one process, impatient ones.
final class TestNodes {

    static final Device CPU = new Device("cpu", 0, "a CPU", 1L << 30);

    private final List<DevicePools> nodes = new CopyOnWriteArrayList<>();

    /// A node with one slot.
    ///
    /// @param maxWait half the time that a job has to reach a safe point when the node stops
    DevicePools start(
            DevicePools.Room parts,
            DataSource database,
            String name,
            String pool,
            JobHandler handler,
            Duration maxWait) {
        var settings = new WorkerSettings(
                true,
                name,
                List.of(new WorkerSettings.Pool(pool, "cpu", 1)),
                Duration.ofMillis(200),
                Duration.ofMillis(500),
                maxWait);
        var machine =
                new DevicePools.NodeSettings(settings, List.of(CPU), "none", "test", false, Duration.ofSeconds(2));
        var node = new DevicePools(database, machine, parts, handler);
        nodes.add(node);
        node.start();
        return node;
    }

    void stop() {
        nodes.forEach(DevicePools::stop);
    }

    /// A connection to the database that can be cut.
    static final class Cable extends DelegatingDataSource {

        volatile boolean cut;

        Cable(DataSource dataSource) {
            super(dataSource);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (cut) {
                throw new SQLException("cut off");
            }
            return super.getConnection();
        }
    }
}
