package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.ServiceTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The story of a job: numbered without gaps, and told to whoever waits.
@ServiceTest
class JobEventsIT {

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    Attempts attempts;

    @Autowired
    JobEvents events;

    TestEntries entries;
    TestSeats seats;

    @Autowired
    void entries(JdbcClient sql) {
        entries = new TestEntries(sql);
        seats = new TestSeats(sql);
    }

    @Test
    void eventsAreNumberedWithoutGapsWhoeverWritesThem() throws InterruptedException {
        Job job = queue.submit(TestJobs.job("gapless"));
        entries.pick(job, "test");
        assertThat(attempts.start(job.place(), 2, seats.of("gapless"))).isPresent();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int writer = 0; writer < 6; writer++) {
                executor.execute(() -> {
                    for (int count = 0; count < 10; count++) {
                        attempts.write(
                                job.id(), 1, write -> write.event("warning.raised", EventLevel.WARNING, "!", Map.of()));
                        attempts.beat(job.id(), 1, null);
                    }
                });
            }
            executor.execute(() -> queue.pause(job.id()));
        }

        List<JobEvent> all = events.after(job.id(), 0, 1_000);
        assertThat(all)
                .extracting(JobEvent::sequence)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 65).boxed().toList());
        assertThat(stored(job).lastEvent()).isEqualTo(65);
        assertThat(events.after(job.id(), 60, 3)).extracting(JobEvent::sequence).containsExactly(61L, 62L, 63L);
    }

    @Test
    void aWatchIsWokenByTheCommit() throws InterruptedException {
        Job job = queue.submit(TestJobs.job("watch"));
        try (JobWatch watch = events.watch(job.id())) {
            var canceller = Thread.ofVirtual().start(() -> queue.cancel(job.id()));

            assertThat(watch.await(Duration.ofSeconds(20))).isTrue();
            canceller.join();
        }
        assertThat(stored(job).state()).isEqualTo(JobState.CANCELLED);
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }
}
