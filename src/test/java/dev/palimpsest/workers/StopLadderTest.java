package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.jobs.StopCause;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StopLadderTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration CUT_OFF_AFTER = Duration.ofSeconds(60);

    @Test
    void nobodyAsksAnythingAtFirst() {
        StopLadder day = StopLadder.FOOT.at(at(86_400));

        assertThat(day.ask()).isEqualTo(StopAsk.GO_ON);
        assertThat(day.cause()).isEqualTo(StopCause.NONE);
        assertThat(day.deaf(CUT_OFF_AFTER, at(86_400))).isFalse();
    }

    /// The clock may start anywhere, and run over the end of its numbers.
    @ParameterizedTest
    @ValueSource(longs = {0, -5_000_000_000L, Long.MAX_VALUE - 5_000_000_000L})
    void aHandBackHardensWhenPatienceEnds(long origin) {
        StopLadder asked = StopLadder.FOOT.handBack(PATIENCE, origin);

        assertThat(asked.at(origin + PATIENCE.toNanos() - 1).ask()).isEqualTo(StopAsk.STOP_AT_SAFE_POINT);
        StopLadder hard = asked.at(origin + PATIENCE.toNanos());
        assertThat(hard.ask()).isEqualTo(StopAsk.STOP_NOW);
        assertThat(hard.cause()).isEqualTo(StopCause.HAND_BACK);
    }

    @Test
    void aSecondHandBackGivesNoMoreTime() {
        StopLadder asked = StopLadder.FOOT.handBack(PATIENCE, at(0)).handBack(PATIENCE, at(9));

        assertThat(asked.at(at(10)).ask()).isEqualTo(StopAsk.STOP_NOW);
    }

    @Test
    void aHandBackIsCountedFromItsFirstCall() {
        StopLadder asked = StopLadder.FOOT.handBack(PATIENCE, at(0)).handBack(PATIENCE, at(9));

        assertThat(asked.handedBackFor(PATIENCE, at(10))).isFalse();
        assertThat(asked.handedBackFor(PATIENCE, at(11))).isTrue();
        assertThat(StopLadder.FOOT.timeLimit(at(0)).handedBackFor(PATIENCE, at(11)))
                .isFalse();
    }

    @Test
    void aCutOffComesAfterTheTimeToStopAtOnce() {
        StopLadder hard = StopLadder.FOOT.handBack(PATIENCE, at(0)).at(at(10));

        assertThat(hard.deaf(CUT_OFF_AFTER, at(69))).isFalse();
        assertThat(hard.deaf(CUT_OFF_AFTER, at(70))).isTrue();
        assertThat(hard.at(at(65)).deaf(CUT_OFF_AFTER, at(70)))
                .as("asking again gives no more time")
                .isTrue();
    }

    @Test
    void aPauseWaitsForItsSafePoint() {
        StopLadder pausing = StopLadder.FOOT.told(JobState.PAUSING, at(0));

        assertThat(pausing.at(at(86_400)).ask()).isEqualTo(StopAsk.STOP_AT_SAFE_POINT);
        assertThat(pausing.cause()).isEqualTo(StopCause.NONE);
        assertThat(pausing.deaf(CUT_OFF_AFTER, at(86_400))).isFalse();
    }

    @Test
    void aCancelOvertakesAPauseAndIsNeverTakenBack() {
        StopLadder cancelled = StopLadder.FOOT.told(JobState.PAUSING, at(0)).told(JobState.CANCELLING, at(5));

        assertThat(cancelled.ask()).isEqualTo(StopAsk.STOP_NOW);
        assertThat(cancelled.told(JobState.PAUSING, at(6)).ask()).isEqualTo(StopAsk.STOP_NOW);
        assertThat(cancelled.handBack(PATIENCE, at(6)).ask()).isEqualTo(StopAsk.STOP_NOW);
        assertThat(cancelled.deaf(CUT_OFF_AFTER, at(65))).isTrue();
    }

    @Test
    void theTimeLimitIsTheCauseWhateverWasAskedBefore() {
        StopLadder over = StopLadder.FOOT.handBack(PATIENCE, at(0)).timeLimit(at(1));

        assertThat(over.ask()).isEqualTo(StopAsk.STOP_NOW);
        assertThat(over.cause()).isEqualTo(StopCause.TIME_LIMIT);
        assertThat(over.handBack(PATIENCE, at(2)).cause()).isEqualTo(StopCause.TIME_LIMIT);
    }

    @Test
    void anAttemptThatLostItsJobStopsAtOnce() {
        assertThat(StopLadder.FOOT.fenced(at(0)).ask()).isEqualTo(StopAsk.STOP_NOW);
    }

    @ParameterizedTest
    @EnumSource(
            value = JobState.class,
            names = {"PAUSING", "CANCELLING"},
            mode = EnumSource.Mode.EXCLUDE)
    void noOtherStateAsksForAnything(JobState state) {
        assertThat(StopLadder.FOOT.told(state, at(0))).isEqualTo(StopLadder.FOOT);
    }

    private static long at(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
