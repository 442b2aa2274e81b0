package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Workers with one slot that exist only as rows.
public final class TestSeats {

    public static final Device CPU = new Device("cpu", 0, "a CPU", 1L << 30);

    private final JdbcClient sql;

    public TestSeats(JdbcClient sql) {
        this.sql = sql;
    }

    /// Of a worker that has just been seen, in a pool of its name.
    public Seat of(String node) {
        return of(node, node);
    }

    /// Of a worker that has just been seen.
    public Seat of(String node, String pool) {
        return of(node, pool, Instant.now());
    }

    public Seat of(String node, String pool, Instant seen) {
        UUID id = Ids.next();
        sql.sql("""
                        insert into workers (id, version, node, release, engine, slots, draining, short_of_storage, started_at, seen_at)
                        values (:id, 0, :node, 'test', 'none', cast(:slots as jsonb), false, false, :seen, :seen)""")
                .param("id", id)
                .param("node", node)
                .param("slots", """
                        [{"pool": "%s", "slot": 0, "device": {"kind": "cpu", "index": 0, "name": "a CPU", "memoryBytes": 1073741824}}]""".formatted(pool))
                .param("seen", seen.atOffset(ZoneOffset.UTC))
                .update();
        return new Seat(id, node, 0, CPU);
    }
}
