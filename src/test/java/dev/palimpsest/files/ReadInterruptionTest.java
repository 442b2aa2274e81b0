package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReadInterruptionTest {

    static Stream<Throwable> endsFromOutside() {
        return Stream.of(
                new ClosedChannelException(),
                new ClosedByInterruptException(),
                new InterruptedIOException(),
                new InterruptedException(),
                new CancellationException());
    }

    static Stream<Throwable> failures() {
        return Stream.of(new IOException("bad sector"), new EOFException(), new SocketTimeoutException());
    }

    @ParameterizedTest
    @MethodSource("endsFromOutside")
    void anEndFromOutsideIsNoFailureOfTheFile(Throwable end) {
        for (Throwable failure : new Throwable[] {end, new IllegalStateException(new IOException(end))}) {
            assertThat(ReadInterruption.causes(failure)).isTrue();
            assertThatThrownBy(() -> ReadInterruption.check(failure))
                    .isInstanceOf(CancellationException.class)
                    .hasCause(failure);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureOfTheFilePasses(Throwable failure) {
        assertThat(ReadInterruption.causes(failure)).isFalse();
        assertThatCode(() -> ReadInterruption.check(new IOException(failure))).doesNotThrowAnyException();
    }
}
