package dev.palimpsest.files;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// Tells a read that somebody ended from one that failed. An interrupt closes the channel under its thread,
/// and every later read of that file fails too: that says nothing about the file.
public final class ReadInterruption {

    private ReadInterruption() {}

    /// Whether a failure, or what it rests on, is the end of a read from outside.
    public static boolean causes(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ClosedChannelException
                    || (cause instanceof InterruptedIOException && !(cause instanceof SocketTimeoutException))
                    || cause instanceof InterruptedException
                    || cause instanceof CancellationException) {
                return true;
            }
        }
        return false;
    }

    /// Lets a failure of the file itself pass.
    ///
    /// @throws CancellationException if the read was ended from outside
    public static void check(Throwable failure) {
        if (causes(failure)) {
            var ended = new CancellationException("interrupted while reading");
            ended.initCause(failure);
            throw ended;
        }
    }
}
