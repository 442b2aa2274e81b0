package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.JobState;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// The state of an experiment, from those of its jobs.
class ExperimentViewTest {

    private static JobLine job(JobState state, boolean started, boolean retried) {
        return new JobLine(new UUID(0, 1), new UUID(0, 2), 0, 0, state, started, retried);
    }

    private static String status(JobLine... jobs) {
        return new ExperimentView(new Experiment(), List.of(jobs)).status();
    }

    @Test
    void itWaitsUntilAJobHasStarted() {
        assertThat(status(job(JobState.QUEUED, false, false), job(JobState.QUEUED, false, false)))
                .isEqualTo("queued");
        assertThat(status(job(JobState.SUCCEEDED, true, false), job(JobState.QUEUED, false, false)))
                .isEqualTo("running");
        assertThat(status(job(JobState.PAUSED, false, false))).isEqualTo("paused");
    }

    @Test
    void itEndsAsItsWorstJobUnlessThatWasRetried() {
        assertThat(status(job(JobState.SUCCEEDED, true, false), job(JobState.CANCELLED, false, false)))
                .isEqualTo("cancelled");
        assertThat(status(job(JobState.CANCELLED, false, false), job(JobState.FAILED, true, false)))
                .isEqualTo("failed");
        assertThat(status(job(JobState.FAILED, true, true), job(JobState.SUCCEEDED, true, false)))
                .isEqualTo("succeeded");
    }
}
