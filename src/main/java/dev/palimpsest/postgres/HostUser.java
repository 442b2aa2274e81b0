package dev.palimpsest.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Starts PostgreSQL, which refuses to run as root, from a root process in a bare container.
final class HostUser {

    static final String NOBODY = "65534:65534";

    private HostUser() {}

    /// Words to put before a command so that PostgreSQL accepts its user: none for an ordinary user, a user
    /// namespace for root, and another user id where namespaces are refused.
    static List<String> prefix() throws IOException, InterruptedException {
        if (!System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        if (succeeds(List.of("unshare", "-U", "true"))) {
            return List.of("unshare", "-U");
        }
        run(List.of("setpriv", "--version"));
        return List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    }

    /// Words that detach a command from the terminal, so that Ctrl-C there does not reach it.
    static List<String> detached() throws InterruptedException {
        return succeeds(List.of("setsid", "--version")) ? List.of("setsid") : List.of();
    }

    static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed: " + output);
        }
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        try {
            run(command);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
