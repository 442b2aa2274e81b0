package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/// What stands in a column and in an answer, whatever an exception says.
class FailureTextTest {

    @Test
    void anUnforeseenFailureKeepsItsOwnSentence() {
        assertThat(FailureText.unexpected("attempt", new IllegalStateException("the lamp is out")))
                .isEqualTo("The attempt failed unexpectedly (IllegalStateException): the lamp is out");
        assertThat(FailureText.unexpected("evaluation", new TimeoutException()))
                .isEqualTo("The evaluation failed unexpectedly (TimeoutException).");
    }

    @Test
    void whatAColumnCannotHoldIsLeftOut() {
        assertThat(new AttemptEnd.Failed(StatusReason.DATASET_INVALID, "a\u0000b\nc\uD800d").message())
                .isEqualTo("a b c d");
        assertThat(FailureText.oneLine("x".repeat(5_000))).hasSize(1_000).endsWith("…");
    }
}
