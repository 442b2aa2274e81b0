package dev.palimpsest.jobs;

import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/// What happened to each job, numbered without gaps.
///
/// An event is written in the transaction of what it tells, under the job's row lock, so that a reader who
/// has seen number 41 has seen everything before it. A notification goes out with the commit and says where
/// to look.
@Service
public class JobEvents {

    /// The channel on which the id of a job is sent when it has a new event.
    static final String CHANNEL = "job_events";

    private final JobEventRepository events;
    private final EntityManager entities;
    private final JdbcClient sql;
    private final JobNews news;
    private final Clock clock;

    JobEvents(JobEventRepository events, EntityManager entities, JdbcClient sql, JobNews news, Clock clock) {
        this.events = events;
        this.entities = entities;
        this.sql = sql;
        this.news = news;
        this.clock = clock;
    }

    /// Events with a higher sequence number, in ascending order.
    public List<JobEvent> after(UUID job, long sequence, int limit) {
        return events.findByJobIdAndSequenceGreaterThanOrderBySequence(job, sequence, Limit.of(limit));
    }

    /// Begins to listen for new events of a job, on any node. To be opened before the first look, so that
    /// nothing falls between look and wait.
    public JobWatch watch(UUID job) {
        return news.watch(job);
    }

    /// Tells that the job has reached its state. The caller holds the row lock.
    void moved(Job job) {
        var data = new LinkedHashMap<String, @Nullable Object>();
        data.put("status_reason", job.statusReason().map(StatusReason::wire).orElse(null));
        job.error().ifPresent(error -> data.put("error", error.toMap()));
        EventLevel level = job.state() == JobState.FAILED ? EventLevel.ERROR : EventLevel.INFO;
        append(job, "job." + job.state().wire(), level, sentence(job), data);
    }

    /// Appends an event. The caller holds the row lock.
    void append(Job job, String type, EventLevel level, String message, Map<String, ? extends @Nullable Object> data) {
        entities.persist(new JobEvent(job, type, level, message, data, clock.instant()));
        sql.sql("select pg_notify(:channel, :job)")
                .param("channel", CHANNEL)
                .param("job", job.id().toString())
                .query(String.class)
                .optional();
    }

    private static String sentence(Job job) {
        String because = job.statusMessage()
                .map(message -> ": " + message)
                .or(() -> job.statusReason().map(reason -> ": " + reason.wire() + "."))
                .orElse(".");
        return "The job is " + job.state().wire() + because;
    }
}
