package dev.palimpsest.postgres;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/// A private PostgreSQL as a child process of this JVM, from the binaries archive alone.
///
/// The child's standard input is a life line: when it closes, because [#close()] was called or because this
/// JVM died in any way, the server gets a fast shutdown. Passwords are scram; the server listens on the
/// loopback address only and has no socket file.
///
/// A server that ends by itself is started again on the same port, for as long as this JVM lives: at once, then
/// ever more rarely down to once a minute. What caused it may pass, a full disk for instance.
public final class EmbeddedPostgres implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);

    /// Runs the server and a watcher that waits for the end of standard input. Both ignore signals and are
    /// detached from the terminal, where Ctrl-C would otherwise reach the server: the JVM decides when it
    /// stops.
    private static final String LIFE_LINE = """
            trap '' INT TERM HUP
            exec 3<&0 0</dev/null
            "$@" 3<&- &
            server=$!
            (cat <&3 >/dev/null; kill -INT $server 2>/dev/null) &
            watcher=$!
            exec 3<&-
            wait $server
            status=$?
            kill -KILL $watcher 2>/dev/null
            exit $status
            """;

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final EmbeddedPostgresSettings settings;
    private final Home home;
    private final FileChannel lock;
    private final int port;
    private final String password;
    private final List<String> command;
    private volatile boolean closing;
    private volatile @Nullable Process process;
    private volatile @Nullable Thread reviver;
    private volatile Duration pause = Duration.ZERO;
    private volatile long answeredAtNanos;

    private record Home(Path data, Path log) {

        static Home of(Path folder) {
            return new Home(folder.resolve("data"), folder.resolve("postgres.log"));
        }
    }

    private EmbeddedPostgres(
            EmbeddedPostgresSettings settings,
            Home home,
            FileChannel lock,
            int port,
            String password,
            List<String> command) {
        this.settings = settings;
        this.home = home;
        this.lock = lock;
        this.port = port;
        this.password = password;
        this.command = List.copyOf(command);
    }

    /// Starts the server, creating its data on the first start.
    ///
    /// @throws IllegalStateException if another instance uses the same home
    public static EmbeddedPostgres start(EmbeddedPostgresSettings settings) throws IOException, InterruptedException {
        Path home = settings.home().toAbsolutePath().normalize();
        Files.createDirectories(home);
        FileChannel lock = lockHome(home);
        try {
            Path programs = PostgresBinaries.unpack(home.resolve("bin")).resolve("bin");
            Home files = Home.of(home);
            Path data = files.data();
            List<String> asUser = HostUser.prefix();
            if (Files.exists(data)) {
                stopOrphan(data);
            } else {
                createData(programs, home, data, asUser);
            }
            int port = freePort();
            String password = Files.readString(home.resolve("password"));
            var server = new EmbeddedPostgres(
                    settings, files, lock, port, password, command(settings, programs, data, port, asUser));
            server.launch(Redirect.to(files.log().toFile()));
            log.info("Embedded PostgreSQL on port {} in {}", port, home);
            return server;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    public String jdbcUrl() {
        return jdbcUrl("postgres");
    }

    /// URL of one database of this server; tests make one database per Spring context.
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    public String username() {
        return "postgres";
    }

    public String password() {
        return password;
    }

    /// Closes the life line and waits for the server's fast shutdown.
    @Override
    public void close() throws IOException {
        closing = true;
        try (lock) {
            Thread reviving = reviver;
            if (reviving != null) {
                reviving.interrupt();
                reviving.join(Duration.ofSeconds(30));
            }
            Process last = process;
            if (last != null) {
                end(last);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(Process server) throws IOException, InterruptedException {
        server.getOutputStream().close();
        if (!server.waitFor(30, TimeUnit.SECONDS)) {
            server.destroyForcibly();
        }
    }

    private void launch(Redirect output) throws IOException, InterruptedException {
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        process = started;
        try {
            awaitConnection(started);
        } catch (IOException | InterruptedException e) {
            end(started);
            throw e;
        }
        answeredAtNanos = System.nanoTime();
        CompletableFuture<Void> _ = started.onExit().thenAccept(this::ended);
    }

    /// A server that lived for a while is started again without a pause.
    private void ended(Process gone) {
        if (closing) {
            return;
        }
        log.error("Embedded PostgreSQL ended with status {}; it is started again", gone.exitValue());
        if (System.nanoTime() - answeredAtNanos > LONGEST_PAUSE.toNanos()) {
            pause = Duration.ZERO;
        }
        reviver = Thread.ofPlatform().daemon().name("postgres-reviver").start(this::revive);
    }

    private void revive() {
        while (!closing) {
            try {
                Thread.sleep(pause);
                Duration twice = pause.multipliedBy(2).plusSeconds(1);
                pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
                stopOrphan(home.data());
                launch(Redirect.appendTo(home.log().toFile()));
                log.info("Embedded PostgreSQL is back on port {}", port);
                return;
            } catch (IOException e) {
                log.error("Embedded PostgreSQL could not be started again, next try in {}: {}", pause, e.getMessage());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static FileChannel lockHome(Path home) throws IOException {
        var channel =
                FileChannel.open(home.resolve("instance.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            log.debug("Locked by this JVM", e);
        }
        channel.close();
        throw new HomeInUseException(home);
    }

    /// Fills a folder beside the final one and renames it at the end, so that data which an interrupted first
    /// start left half made is never taken for a database.
    private static void createData(Path programs, Path home, Path data, List<String> asUser)
            throws IOException, InterruptedException {
        Path draft = home.resolve("data.draft");
        FileSystemUtils.deleteRecursively(draft);
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        boolean otherUser = asUser.contains("setpriv");
        Path password = home.resolve("password");
        Files.deleteIfExists(password);
        var mode = PosixFilePermissions.fromString(otherUser ? "rw-r--r--" : "rw-------");
        Files.createFile(password, PosixFilePermissions.asFileAttribute(mode));
        Files.writeString(password, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        if (otherUser) {
            Files.createDirectories(draft);
            HostUser.run(List.of("chown", HostUser.NOBODY, draft.toString()));
        }
        var command = new ArrayList<>(asUser);
        command.addAll(List.of(programs.resolve("initdb").toString(), "-D", draft.toString(), "-U", "postgres"));
        command.addAll(List.of("-A", "scram-sha-256", "--pwfile=" + password));
        command.addAll(List.of("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"));
        HostUser.run(command);
        Files.move(draft, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Stops a server that outlived its JVM. Nobody else can own it: this instance holds the lock.
    private static void stopOrphan(Path data) throws IOException, InterruptedException {
        Optional<ProcessHandle> orphan = pidOf(data)
                .flatMap(ProcessHandle::of)
                .filter(handle -> handle.info().command().orElse("").endsWith("postgres"));
        if (orphan.isEmpty()) {
            return;
        }
        long pid = orphan.get().pid();
        log.info("Stopping PostgreSQL {} that an ended instance left in {}", pid, data);
        try {
            HostUser.run(List.of("kill", "-INT", Long.toString(pid)));
        } catch (IOException e) {
            log.debug("PostgreSQL {} ended by itself meanwhile", pid, e);
        }
        try {
            orphan.get().onExit().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("PostgreSQL " + pid + " in " + data + " did not stop", e);
        }
    }

    /// The server removes its file when it stops, which may be at this very moment.
    private static Optional<Long> pidOf(Path data) throws IOException {
        try {
            return Files.readAllLines(data.resolve("postmaster.pid")).stream()
                    .findFirst()
                    .map(line -> Long.valueOf(line.trim()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static List<String> command(
            EmbeddedPostgresSettings settings, Path programs, Path data, int port, List<String> asUser)
            throws InterruptedException {
        var command = new ArrayList<>(asUser);
        command.addAll(HostUser.detached());
        command.addAll(List.of("sh", "-c", LIFE_LINE, "sh"));
        command.addAll(List.of(programs.resolve("postgres").toString(), "-D", data.toString(), "-p", "" + port));
        var options = new ArrayList<>(List.of("listen_addresses=127.0.0.1", "unix_socket_directories="));
        options.addAll(List.of("timezone=UTC", "log_timezone=UTC", "max_connections=100"));
        if (!settings.durable()) {
            options.addAll(List.of("fsync=off", "synchronous_commit=off", "full_page_writes=off"));
        }
        options.forEach(option -> command.addAll(List.of("-c", option)));
        return command;
    }

    private void awaitConnection(Process started) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + settings.startupTimeout().toNanos();
        while (true) {
            try (var _ = DriverManager.getConnection(jdbcUrl(), username(), password)) {
                return;
            } catch (SQLException e) {
                if (!started.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("PostgreSQL did not start, see " + home.log(), e);
                }
                Thread.sleep(25);
            }
        }
    }
}
