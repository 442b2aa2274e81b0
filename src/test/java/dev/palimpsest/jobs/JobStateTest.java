package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JobStateTest {

    /// The table of the contract, section 3.1.
    private static final Map<JobState, Set<JobState>> MOVES = new EnumMap<>(Map.of(
            JobState.QUEUED, EnumSet.of(JobState.STARTING, JobState.PAUSED, JobState.CANCELLED),
            JobState.STARTING,
                    EnumSet.of(
                            JobState.RUNNING, JobState.QUEUED, JobState.FAILED, JobState.CANCELLING, JobState.PAUSING),
            JobState.RUNNING,
                    EnumSet.of(
                            JobState.SUCCEEDED,
                            JobState.QUEUED,
                            JobState.FAILED,
                            JobState.CANCELLING,
                            JobState.PAUSING),
            JobState.PAUSING, EnumSet.of(JobState.PAUSED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLING),
            JobState.CANCELLING, EnumSet.of(JobState.CANCELLED),
            JobState.PAUSED, EnumSet.of(JobState.QUEUED, JobState.CANCELLED)));

    @Test
    void movesAreThoseOfTheContract() {
        for (JobState from : JobState.values()) {
            Set<JobState> reachable = Arrays.stream(JobState.values())
                    .filter(from::mayBecome)
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(JobState.class)));
            assertThat(reachable).as(from.wire()).isEqualTo(MOVES.getOrDefault(from, Set.of()));
        }
    }

    @Test
    void aFinishedJobNeverMoves() {
        for (JobState state : JobState.values()) {
            if (state.finished()) {
                assertThat(Arrays.stream(JobState.values()).filter(state::mayBecome))
                        .isEmpty();
            }
        }
    }

    @Test
    void aWrongMoveNamesBothStates() {
        Job job = new Job(Ids.next(), TestJobs.job("none"), Instant.EPOCH);

        assertThatThrownBy(() -> job.become(JobState.RUNNING, Instant.EPOCH))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is queued and cannot become running");
    }

    @Test
    void everyMoveIsRemembered() {
        Job job = new Job(Ids.next(), TestJobs.job("none"), Instant.EPOCH);
        job.become(JobState.STARTING, Instant.EPOCH.plusSeconds(1));
        job.become(JobState.FAILED, StatusReason.DATASET_INVALID, "No pictures.", Instant.EPOCH.plusSeconds(2));

        assertThat(job.transitions())
                .containsExactly(
                        new StatusTransition("queued", "1970-01-01T00:00:00Z", null),
                        new StatusTransition("starting", "1970-01-01T00:00:01Z", null),
                        new StatusTransition("failed", "1970-01-01T00:00:02Z", "dataset_invalid"));
        assertThat(job.error()).contains(new JobError(StatusReason.DATASET_INVALID, "No pictures.", 0, false));
    }
}
