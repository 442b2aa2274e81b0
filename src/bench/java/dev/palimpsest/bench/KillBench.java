package dev.palimpsest.bench;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.NewJob;
import dev.palimpsest.jobs.WrongStateException;
import dev.palimpsest.postgres.EmbeddedPostgres;
import dev.palimpsest.postgres.EmbeddedPostgresSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Many short jobs on several worker processes that are killed, frozen and started again at random, on one
/// database whose statistics say that the queue is empty. Counts what went wrong; every such number must be 0.
final class KillBench {

    private static final int SLOTS = 2;
    private static final Path FOLDER = Path.of("target/bench/kills");

    private final Options options;
    private final Random random;
    private final EmbeddedPostgres server;
    private final JobQueue queue;
    private final JdbcClient sql;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Integer> done = new LinkedHashMap<>();
    private int overfull;

    private KillBench(Options options, EmbeddedPostgres server, JobQueue queue, JdbcClient sql) {
        this.options = options;
        this.random = new Random(options.number("seed"));
        this.server = server;
        this.queue = queue;
        this.sql = sql;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException, SQLException {
        Options options = Options.of(arguments, "jobs=1000 nodes=3 steps=5 millis=50 calm=5000 seed=1 minutes=15");
        Files.createDirectories(FOLDER);
        try (EmbeddedPostgres server = EmbeddedPostgres.start(
                new EmbeddedPostgresSettings(FOLDER.resolve("postgres"), Duration.ofSeconds(60), true))) {
            try (var connection = DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
                    var statement = connection.createStatement()) {
                statement.execute("drop database if exists kills with (force)");
                statement.execute("create database kills");
            }
            String[] watcher = Stream.concat(database(server), Stream.of("--palimpsest.worker.enabled=false"))
                    .toArray(String[]::new);
            try (ConfigurableApplicationContext context = SpringApplication.run(KillNode.class, watcher)) {
                new KillBench(options, server, context.getBean(JobQueue.class), context.getBean(JdbcClient.class))
                        .run();
            }
        }
    }

    private static Stream<String> database(EmbeddedPostgres server) {
        return Stream.of(
                "--spring.datasource.url=" + server.jdbcUrl("kills"),
                "--spring.datasource.username=" + server.username(),
                "--spring.datasource.password=" + server.password(),
                "--spring.main.web-application-type=none",
                "--logging.level.root=warn",
                "--palimpsest.worker.heartbeat-interval=1s");
    }

    private void run() throws IOException, InterruptedException {
        sql.sql("create table bench_steps (job uuid not null, step bigint not null, attempt integer not null)")
                .update();
        sql.sql("alter table scheduled_tasks set (autovacuum_enabled = false)").update();
        while (count("select count(*) from scheduled_tasks") != 1) {
            Thread.sleep(100); // the sweep's entry
        }
        sql.sql("analyze scheduled_tasks").update();
        List<UUID> jobs = submit();
        for (int node = 0; node < options.number("nodes"); node++) {
            nodes.add(new Node("node-" + node));
        }
        long start = System.nanoTime();
        long end = start + Duration.ofMinutes(options.number("minutes")).toNanos();
        while (unfinished() > 0 && System.nanoTime() < end) {
            Thread.sleep(random.nextInt(2 * options.number("calm")));
            disturb(jobs);
            checkSlots();
        }
        awaitEntries();
        for (Node node : nodes) {
            node.stop();
        }
        report(Duration.ofNanos(System.nanoTime() - start));
    }

    private List<UUID> submit() {
        var jobs = new ArrayList<UUID>();
        String payload = "{\"steps\": %d, \"millis\": %d}".formatted(options.number("steps"), options.number("millis"));
        for (int job = 0; job < options.number("jobs"); job++) {
            var asked = new NewJob(
                    UUID.randomUUID(), 0, "job " + job, "bench", "cpu", 0, job, "fp32", "none", payload, 1_000, null);
            jobs.add(queue.submit(asked).id());
        }
        return jobs;
    }

    private void disturb(List<UUID> jobs) throws IOException, InterruptedException {
        Node node = nodes.get(random.nextInt(nodes.size()));
        switch (node.works() ? random.nextInt(6) : 4) {
            case 0, 1, 2 -> node.kill();
            case 3 -> node.freeze();
            case 4 -> cancel(running().orElseGet(() -> jobs.get(random.nextInt(jobs.size()))));
            default -> cancel(jobs.get(random.nextInt(jobs.size())));
        }
        for (Node other : nodes) {
            other.bringBack();
        }
    }

    private Optional<UUID> running() {
        return sql.sql("select id from jobs where state in ('STARTING', 'RUNNING') limit 1")
                .query(UUID.class)
                .optional();
    }

    private void cancel(UUID id) {
        try {
            Job job = queue.cancel(id).job();
            counted(job.state().held() ? "cancelled while held" : "cancelled while waiting");
        } catch (WrongStateException _) {
            counted("cancelled too late");
        }
    }

    private void checkSlots() {
        overfull += (int) count("""
                select count(*)
                  from (select 1
                          from scheduled_tasks
                         where picked and task_name = 'train@cpu'
                         group by picked_by
                        having count(*) > %d) as nodes""".formatted(SLOTS));
    }

    /// An entry goes a moment after its job has ended, or when its node is found dead.
    private void awaitEntries() throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (leftOver() > 0 && System.nanoTime() < end) {
            for (Node node : nodes) {
                node.thaw();
            }
            Thread.sleep(500);
        }
    }

    private long leftOver() {
        return count("select count(*) from scheduled_tasks where task_name = 'train@cpu'");
    }

    private long unfinished() {
        return count("select count(*) from jobs where state not in ('SUCCEEDED', 'FAILED', 'CANCELLED')");
    }

    private void report(Duration took) {
        var table = new LinkedHashMap<String, Object>();
        table.put("jobs", count("select count(*) from jobs"));
        table.put("succeeded", count("select count(*) from jobs where state = 'SUCCEEDED'"));
        table.put("cancelled", count("select count(*) from jobs where state = 'CANCELLED'"));
        table.putAll(done);
        table.put("attempts", count("select count(*) from attempts"));
        table.put("attempts that lost their worker", count("""
                select count(*) from attempts where end_reason = 'WORKER_LOST'"""));
        table.put("minutes", "%.1f".formatted(took.toMillis() / 60_000.0));
        table.put("**failed**", count("select count(*) from jobs where state = 'FAILED'"));
        table.put("**left in a state that is not final**", unfinished());
        table.put("**attempts left open**", count("select count(*) from attempts where ended_at is null"));
        table.put("**entries left in the queue**", leftOver());
        table.put("**lost: succeeded without every step**", count("""
                select count(*)
                  from jobs
                 where state = 'SUCCEEDED'
                   and (select count(distinct step) from bench_steps where job = jobs.id) <> %d""".formatted(options.number("steps"))));
        table.put("**run twice to success**", count("""
                select count(*)
                  from (select 1 from attempts where end_reason = 'FINISHED' group by job_id having count(*) > 1
                        union all
                        select 1 from job_events where type = 'job.succeeded' group by job_id having count(*) > 1)
                       as twice"""));
        table.put("**steps written twice**", count("""
                select count(*) from (select 1 from bench_steps group by job, step having count(*) > 1) as twice"""));
        table.put("**looks at the queue with more entries picked than slots**", overfull);
        System.out.println("| what | count |\n| --- | --- |");
        table.forEach((what, value) -> System.out.printf("| %s | %s |%n", what, value));
    }

    private long count(String query) {
        return sql.sql(query).query(Long.class).single();
    }

    private void counted(String what) {
        done.merge(what, 1, Integer::sum);
    }

    /// A worker process that comes and goes.
    private final class Node {

        private final String name;
        private Process process;
        private OffsetDateTime startedAt;
        private boolean frozen;
        private long backAtNanos;

        Node(String name) throws IOException {
            this.name = name;
            this.startedAt = OffsetDateTime.now(ZoneOffset.UTC);
            this.process = start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> process.destroyForcibly()));
        }

        private Process start() throws IOException {
            Stream<String> java = Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    KillNode.class.getName());
            Stream<String> settings = Stream.of(
                    "--spring.flyway.enabled=false",
                    "--spring.jpa.hibernate.ddl-auto=none",
                    "--palimpsest.worker.node=" + name,
                    "--palimpsest.worker.polling-interval=200ms",
                    "--palimpsest.worker.pools[0].name=cpu",
                    "--palimpsest.worker.pools[0].slots=" + SLOTS);
            return new ProcessBuilder(Stream.of(java, database(server), settings)
                            .flatMap(part -> part)
                            .toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            FOLDER.resolve(name + ".log").toFile()))
                    .start();
        }

        /// Whether this process has come so far as to take jobs; a machine that is busy needs a while.
        boolean works() {
            return process.isAlive()
                    && !frozen
                    && sql.sql("""
                                    select count(*) > 0
                                      from workers
                                     where node = :node and started_at > :start and seen_at > started_at""")
                            .param("node", name)
                            .param("start", startedAt)
                            .query(Boolean.class)
                            .single();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
            backAtNanos =
                    System.nanoTime() + Duration.ofMillis(random.nextInt(6_000)).toNanos();
            counted("workers killed");
        }

        /// Long enough to be taken for dead.
        void freeze() throws IOException, InterruptedException {
            signal("STOP");
            frozen = true;
            backAtNanos = System.nanoTime()
                    + Duration.ofSeconds(5 + random.nextInt(5)).toNanos();
            counted("workers frozen");
        }

        void bringBack() throws IOException, InterruptedException {
            if (System.nanoTime() < backAtNanos) {
                return;
            }
            thaw();
            if (!process.isAlive()) {
                startedAt = OffsetDateTime.now(ZoneOffset.UTC);
                process = start();
                counted("workers started again");
            }
        }

        void thaw() throws InterruptedException {
            if (frozen) {
                try {
                    signal("CONT");
                } catch (IOException e) {
                    throw new IllegalStateException("cannot wake " + name, e);
                }
                frozen = false;
            }
        }

        void stop() throws InterruptedException {
            thaw();
            process.destroy();
            process.waitFor();
        }

        private void signal(String name) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }
}
